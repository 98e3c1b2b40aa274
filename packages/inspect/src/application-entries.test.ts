import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { applicationEntries } from "./application-entries.js";
import { builtInApplications, compileApplications } from "./applications.js";

const table = builtInApplications();
const nameOf = (host: string): string | undefined => table.lookupText(host)?.name;

describe("application entries", () => {
  it("has hundreds of applications, each named once", () => {
    const names = applicationEntries.map((entry) => entry.name);
    assert.ok(names.length > 250, String(names.length));
    assert.equal(new Set(names).size, names.length);
    for (const name of names) assert.match(name, /^[a-z0-9]+(-[a-z0-9]+)*$/);
  });

  it("gives every application a title, a source and hosts", () => {
    for (const entry of applicationEntries) {
      assert.ok(entry.title.trim().length > 0, entry.name);
      assert.ok(entry.source.trim().length > 10, entry.name);
      assert.ok(entry.hosts.length > 0, entry.name);
    }
  });

  it("lists valid lower-case host names, and none twice", () => {
    const owners = new Map<string, string>();
    for (const entry of applicationEntries) {
      for (const host of entry.hosts) {
        assert.match(host, /^=?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/, entry.name);
        assert.equal(owners.get(host), undefined, `${host} is of ${entry.name} and`);
        owners.set(host, entry.name);
      }
    }
    assert.equal(compileApplications(applicationEntries).size, owners.size);
  });

  it("lists no host below another one that already gives the same answer", () => {
    const redundant: string[] = [];
    for (const entry of applicationEntries) {
      for (const host of entry.hosts) {
        const parent = host.replace(/^=?[^.]*\.?/, "");
        if (parent !== "" && nameOf(parent) === entry.name) redundant.push(host);
      }
    }
    assert.deepEqual(redundant, []);
  });

  const knows: readonly (readonly [host: string, application: string])[] = [
    ["youtube.com", "youtube"],
    ["WWW.YouTube.com", "youtube"],
    ["rr3---sn-4g5edn6r.googlevideo.com", "youtube"],
    ["music.youtube.com", "youtube-music"],
    ["www.google.com", "google"],
    ["www.google.co.uk", "google"],
    ["fonts.gstatic.com", "google-services"],
    ["drive.google.com", "google-drive"],
    ["play.googleapis.com", "play-store"],
    ["mail.google.com", "gmail"],
    ["teams.microsoft.com", "teams"],
    ["outlook.office365.com", "outlook"],
    ["contoso.sharepoint.com", "sharepoint"],
    ["contoso.blob.core.windows.net", "azure"],
    ["login.microsoftonline.com", "microsoft-365"],
    ["download.windowsupdate.com", "windows-update"],
    ["www.microsoft.com", "microsoft"],
    ["title.mgt.xboxlive.com", "xbox"],
    ["p26-imap.mail.me.com", "icloud"],
    ["12-courier.push.apple.com", "apple-push"],
    ["mask-h2.icloud.com", "icloud-private-relay"],
    ["bucket.s3.eu-central-1.amazonaws.com", "amazon-aws"],
    ["d111111abcdef8.cloudfront.net", "amazon-cloudfront"],
    ["www.amazon.de", "amazon"],
    ["static.xx.fbcdn.net", "facebook"],
    ["scontent.cdninstagram.com", "instagram"],
    ["g.whatsapp.net", "whatsapp"],
    ["pbs.twimg.com", "twitter"],
    ["x.com", "twitter"],
    ["v16-webapp.tiktokcdn.com", "tiktok"],
    ["gateway.discord.gg", "discord"],
    ["wss-primary.slack.com", "slack"],
    ["us02web.zoom.us", "zoom"],
    ["idbroker.webex.com", "webex"],
    ["textsecure-service.whispersystems.org", "signal"],
    ["web.telegram.org", "telegram"],
    ["api-global.netflix.com", "netflix"],
    ["audio-fa.scdn.co", "spotify"],
    ["client.dropbox.com", "dropbox"],
    ["raw.githubusercontent.com", "github"],
    ["www.npmjs.com", "npm"],
    ["en.m.wikipedia.org", "wikipedia"],
    ["dns.google", "doh-dot"],
    ["mozilla.cloudflare-dns.com", "doh-dot"],
    ["www.cloudflare.com", "cloudflare"],
    ["a248.e.akamai.net", "akamai"],
    ["e1234.dsca.akamaiedge.net", "akamai"],
    ["security.ubuntu.com", "ubuntu"],
    ["www.debian.org", "debian"],
    ["detectportal.firefox.com", "mozilla"],
    ["stats.g.doubleclick.net", "google-ads"],
    ["ssl.google-analytics.com", "google-analytics"],
    ["ocsp.digicert.com", "ocsp"],
    ["mqtt-mini.facebook.com", "facebook-messenger"],
    ["www.baidu.com", "baidu"],
    ["short.weixin.qq.com", "wechat"],
    ["im.qq.com", "qq"],
    ["mc.yandex.ru", "yandex-metrika"],
    ["api.nordvpn.com", "nordvpn"],
    ["eu0.sec-tunnel.com", "opera-vpn"],
    ["relay-a1b2c3d4.net.anydesk.com", "anydesk"],
    ["api.lifx.com", "lifx"],
  ];
  for (const [host, application] of knows) {
    it(`knows ${host} as ${application}`, () => assert.equal(nameOf(host), application));
  }

  const strangers = [
    "notyoutube.com",
    "youtube.com.example.org",
    "youtube.co",
    "youtube",
    "example.com",
    "xn--youtube-9za.com",
    "google.example",
    "myx.com",
    "mywhatsapp.net",
    "evil-paypal.com",
    "com",
    "co.uk",
  ];
  for (const host of strangers) {
    it(`does not know ${host}`, () => assert.equal(nameOf(host), undefined));
  }
});
