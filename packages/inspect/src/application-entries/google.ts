import { applications } from "./table.js";

const SUPPORTED_DOMAINS = "Google, list of supported search domains (google.com/supported_domains)";
const WORKSPACE = "Google Workspace Admin Help, Firewall and proxy settings for Google services";
const MEET = "Google Workspace Admin Help, “Prepare your network for Meet meetings and live streams”";
const CHROME = "Chrome Enterprise and Education Help, “Set up a hostname allowlist”";
const ANDROID = "Google, “Android Enterprise network requirements”";
const YOUTUBE = "Google Workspace Admin Help, Allow access to YouTube";
const CLOUD = "Google Cloud documentation, Accessing Google APIs from restricted networks";

/** The second level and country parts of Google's national search domains. */
const COUNTRIES =
  `ad ae com.af com.ag al am co.ao com.ar as at com.au az ba com.bd be bf bg com.bh bi bj com.bn com.bo com.br
  bs bt co.bw by com.bz ca cd cf cg ch ci co.ck cl cm cn com.co co.cr com.cu cv com.cy cz de dj dk dm com.do dz com.ec ee
  com.eg es com.et fi com.fj fm fr ga ge gg com.gh com.gi gl gm gr com.gt gy com.hk hn hr ht hu co.id ie co.il im co.in iq is
  it je com.jm jo co.jp co.ke com.kh ki kg co.kr com.kw kz la com.lb li lk co.ls lt lu lv com.ly co.ma md me mg mk ml com.mm
  mn com.mt mu mv mw com.mx com.my co.mz com.na com.ng com.ni ne nl no com.np nr nu co.nz com.om com.pa com.pe com.pg com.ph
  com.pk pl pn com.pr ps pt com.py com.qa ro ru rw com.sa com.sb sc se com.sg sh si sk com.sl sn so sm sr st com.sv td tg
  co.th com.tj tl tm tn to com.tr tt com.tw co.tz com.ua co.ug co.uk com.uy co.uz com.vc co.ve co.vi com.vn vu ws rs co.za
  co.zm co.zw cat`
    .split(/\s+/)
    .map((country) => `google.${country}`)
    .join(" ");

export const google = [
  ...applications("web", [
    [
      "google",
      "Google",
      `google.com goo.gl g.co google withgoogle.com ampproject.org chrome.com chromium.org feedburner.com googlecode.com ${COUNTRIES}`,
      SUPPORTED_DOMAINS,
    ],
  ]),
  ...applications("cloud", [
    [
      "google-services",
      "Google services",
      "googleapis.com gstatic.com googleusercontent.com ggpht.com gvt1.com gvt2.com gvt3.com gstatic.cn googleapis.cn googlehosted.com googlezip.net clients1.google.com clients2.google.com clients3.google.com clients4.google.com clients5.google.com clients6.google.com 1e100.net",
      CHROME,
    ],
    [
      "google-cloud",
      "Google Cloud",
      "cloud.google.com run.app appspot.com cloudfunctions.net gcr.io pkg.dev storage.googleapis.com bigquery.googleapis.com compute.googleapis.com web.app",
      CLOUD,
    ],
    [
      "firebase",
      "Firebase",
      "firebase.google.com firebaseio.com firebaseapp.com firebasestorage.app firebaseinstallations.googleapis.com firebaseremoteconfig.googleapis.com fcm.googleapis.com mtalk.google.com",
      "Firebase documentation, “FCM ports and your firewall”",
    ],
    [
      "crashlytics",
      "Firebase Crashlytics",
      "crashlytics.com firebasecrashlytics-pa.googleapis.com fabric.io",
    ],
  ]),
  ...applications("mail", [
    ["gmail", "Gmail", "gmail.com googlemail.com mail.google.com inbox.google.com", WORKSPACE],
  ]),
  ...applications("file-transfer", [
    [
      "google-drive",
      "Google Drive",
      "drive.google.com drive.usercontent.google.com drive-thirdparty.googleusercontent.com",
      WORKSPACE,
    ],
    [
      "google-photos",
      "Google Photos",
      "photos.google.com photos.app.goo.gl photoslibrary.googleapis.com",
      WORKSPACE,
    ],
  ]),
  ...applications("web", [
    [
      "google-docs",
      "Google Docs",
      "docs.google.com sheets.google.com slides.google.com spreadsheets.google.com docs.googleusercontent.com",
      WORKSPACE,
    ],
    ["google-calendar", "Google Calendar", "calendar.google.com", WORKSPACE],
    [
      "google-maps",
      "Google Maps",
      "maps.google.com maps.googleapis.com maps.gstatic.com khm.google.com earth.google.com mapsplatform.googleapis.com",
    ],
    ["google-classroom", "Google Classroom", "classroom.google.com", WORKSPACE],
    ["google-translate", "Google Translate", "translate.google.com translate.googleapis.com translate.goog"],
    [
      "play-store",
      "Google Play Store",
      "play.google.com play.googleapis.com play-lh.googleusercontent.com android.clients.google.com android.com",
      ANDROID,
    ],
    [
      "google-analytics",
      "Google Analytics",
      "google-analytics.com googletagmanager.com app-measurement.com urchin.com analytics.google.com googleoptimize.com",
    ],
    [
      "google-ads",
      "Google Ads",
      "doubleclick.net doubleclick.com googlesyndication.com googleadservices.com admob.com 2mdn.net adservice.google.com ads.google.com googletagservices.com adsensecustomsearchads.com doubleclickbygoogle.com",
    ],
    [
      "gemini",
      "Google Gemini",
      "gemini.google.com bard.google.com aistudio.google.com generativelanguage.googleapis.com",
    ],
    ["recaptcha", "reCAPTCHA", "recaptcha.net recaptcha.google.com"],
  ]),
  ...applications("voice-video", [
    ["google-meet", "Google Meet", "meet.google.com meetings.clients6.google.com", MEET],
  ]),
  ...applications("chat", [
    ["google-chat", "Google Chat", "chat.google.com hangouts.google.com hangouts.googleapis.com", WORKSPACE],
  ]),
  ...applications("media", [
    [
      "youtube",
      "YouTube",
      "youtube.com googlevideo.com ytimg.com youtube-nocookie.com youtu.be youtube.googleapis.com youtubei.googleapis.com yt3.ggpht.com youtubekids.com youtubeeducation.com yt.be",
      YOUTUBE,
    ],
    ["youtube-music", "YouTube Music", "music.youtube.com", YOUTUBE],
    ["youtube-upload", "YouTube upload", "upload.youtube.com uploads.youtube.com", YOUTUBE],
  ]),
  ...applications("social", [["blogger", "Blogger", "blogger.com blogspot.com blogblog.com"]]),
  ...applications("network", [["waze", "Waze", "waze.com wazestg.com"]]),
];
