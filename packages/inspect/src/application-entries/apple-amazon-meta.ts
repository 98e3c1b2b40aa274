import { applications } from "./table.js";

const APPLE = "Apple Support 101555, “Use Apple products on enterprise networks”";
const AWS = "AWS General Reference, “AWS service endpoints”";

export const apple = [
  ...applications("web", [
    [
      "apple",
      "Apple",
      "apple.com apple apple-mapkit.com cdn-apple.com apple-cloudkit.com aaplimg.com appleid.com apple.co",
      APPLE,
    ],
    ["apple-siri", "Siri", "guzzoni.apple.com smoot.apple.com siri.apple.com", APPLE],
    ["app-store", "Apple App Store", "apps.apple.com itunes.apple.com mzstatic.com ppq.apple.com", APPLE],
    ["apple-maps", "Apple Maps", "ls.apple.com maps.apple.com", APPLE],
  ]),
  ...applications("cloud", [
    ["icloud", "iCloud", "icloud.com icloud-content.com me.com icloud.com.cn mac.com", APPLE],
  ]),
  ...applications("vpn", [
    [
      "icloud-private-relay",
      "iCloud Private Relay",
      "mask.icloud.com mask-h2.icloud.com mask-api.icloud.com mask.apple-dns.net mask-canary.icloud.com",
      "Apple Developer, “Prepare your network or web server for iCloud Private Relay”",
    ],
  ]),
  ...applications("messaging", [
    ["apple-push", "Apple Push Notification service", "push.apple.com push-apple.com.akadns.net", APPLE],
  ]),
  ...applications("media", [
    [
      "apple-music",
      "Apple Music",
      "music.apple.com audio-ssl.itunes.apple.com itsliveradio.apple.com streamingaudio.itunes.apple.com",
      APPLE,
    ],
    ["apple-tv-plus", "Apple TV+", "tv.apple.com uts-api.itunes.apple.com hls.itunes.apple.com"],
  ]),
  ...applications("chat", [["facetime", "FaceTime", "facetime.apple.com", APPLE]]),
  ...applications("management", [
    [
      "apple-update",
      "Apple software update",
      "mesu.apple.com swcdn.apple.com swdist.apple.com swdownload.apple.com swscan.apple.com updates.cdn-apple.com updates-http.cdn-apple.com appldnld.apple.com gdmf.apple.com xp.apple.com",
      APPLE,
    ],
  ]),
];

export const amazon = [
  ...applications("web", [
    [
      "amazon",
      "Amazon",
      "amazon.com amazon.de amazon.co.uk amazon.fr amazon.it amazon.es amazon.nl amazon.se amazon.pl amazon.com.be amazon.ie amazon.ca amazon.com.mx amazon.com.br amazon.co.jp amazon.in amazon.com.au amazon.sg amazon.ae amazon.sa amazon.eg amazon.com.tr amazon.cn amazon.co.za media-amazon.com ssl-images-amazon.com images-amazon.com amzn.to amzn.com a2z.com amazon.dev",
    ],
    ["amazon-ads", "Amazon Ads", "amazon-adsystem.com advertising.amazon.com assoc-amazon.com"],
  ]),
  ...applications("cloud", [
    [
      "amazon-aws",
      "Amazon Web Services",
      "amazonaws.com amazonaws.com.cn aws.amazon.com awsstatic.com awsapps.com awsglobalaccelerator.com elasticbeanstalk.com aws",
      AWS,
    ],
    ["amazon-cloudfront", "Amazon CloudFront", "cloudfront.net cloudfront.cn", AWS],
    [
      "amazon-chime",
      "Amazon Chime",
      "chime.aws",
      "Amazon Chime Administration Guide, Network configuration and bandwidth requirements",
    ],
  ]),
  ...applications("media", [
    [
      "amazon-video",
      "Amazon Prime Video",
      "primevideo.com amazonvideo.com aiv-cdn.net aiv-delivery.net pv-cdn.net atv-ps.amazon.com atv-ext.amazon.com atv-ps-eu.amazon.com atv-ps-fe.amazon.com atv-ps-eu.amazon.co.uk video.a2z.com",
    ],
    [
      "amazon-music",
      "Amazon Music",
      "music.amazon.com music.amazon.de music.amazon.co.uk music.amazon.co.jp music.amazon.fr",
    ],
    [
      "audible",
      "Audible",
      "audible.com audible.de audible.co.uk audible.fr audible.in audible.com.au audible.co.jp",
    ],
    ["imdb", "IMDb", "imdb.com media-imdb.com"],
    [
      "twitch",
      "Twitch",
      "twitch.tv ttvnw.net jtvnw.net twitchcdn.net twitchsvc.net ext-twitch.tv live-video.net",
    ],
  ]),
  ...applications("iot", [
    [
      "alexa",
      "Amazon Alexa",
      "alexa.amazon.com alexa.com avs-alexa-na.amazon.com avs-alexa-eu.amazon.com bob-dispatch-prod-na.amazon.com bob-dispatch-prod-eu.amazon.com device-metrics-us.amazon.com dcape-na.amazon.com",
      "Alexa Voice Service documentation, API overview: base URLs",
    ],
    ["ring", "Ring", "ring.com ring.devices.a2z.com"],
    ["blink", "Blink", "blinkforhome.com immedia-semi.com"],
    ["eero", "eero", "eero.com e2ro.com"],
  ]),
];

export const meta = [
  ...applications("social", [
    [
      "facebook",
      "Facebook",
      "facebook.com facebook.net fbcdn.net fb.com fb.me fbsbx.com fb.gg fb.watch meta.com thefacebook.com atdmt.com facebook-hardware.com oculus.com oculuscdn.com accountkit.com atlassolutions.com",
    ],
    ["instagram", "Instagram", "instagram.com cdninstagram.com ig.me instagr.am"],
    ["threads", "Threads", "threads.net threads.com"],
  ]),
  ...applications("chat", [
    [
      "facebook-messenger",
      "Facebook Messenger",
      "messenger.com m.me edge-chat.facebook.com mqtt-mini.facebook.com edge-mqtt.facebook.com mqtt.c10r.facebook.com",
    ],
    [
      "whatsapp-files",
      "WhatsApp media",
      "mmg.whatsapp.net media.whatsapp.net cdn.whatsapp.net mmg-fna.whatsapp.net",
    ],
    [
      "whatsapp",
      "WhatsApp",
      "whatsapp.com whatsapp.net wa.me whatsapp.biz",
      "WhatsApp Business Platform documentation, Network requirements",
    ],
  ]),
];
