import { applications } from "./table.js";

const M365 = "Microsoft Learn, “Microsoft 365 URLs and IP address ranges”";
const WINDOWS = "Microsoft Learn, Connection endpoints for Windows Enterprise";
const UPDATE = "Microsoft Learn, Configure WSUS: connection from the WSUS server to the internet";
const AZURE = "Microsoft Learn, “Allow the Azure portal URLs on your firewall or proxy server”";
const EDGE = "Microsoft Learn, “Allow list for Microsoft Edge endpoints”";
const DEFENDER = "Microsoft Learn, Configure and validate Microsoft Defender Antivirus network connections";

export const microsoft = [
  ...applications("web", [
    [
      "microsoft",
      "Microsoft",
      "microsoft.com microsoft.net msftauth.net msauth.net msftauthimages.net aka.ms s-microsoft.com msecnd.net live.com live.net msocdn.com msftconnecttest.com msftncsi.com gfx.ms microsoftonline-p.com",
      WINDOWS,
    ],
    ["bing", "Bing", "bing.com bing.net bingapis.com virtualearth.net", EDGE],
    ["msn", "MSN", "msn.com msn.cn", WINDOWS],
    [
      "microsoft-edge",
      "Microsoft Edge",
      "edge.microsoft.com msedge.api.cdp.microsoft.com edgeservices.bing.com config.edge.skype.com msedge.net",
      EDGE,
    ],
    [
      "microsoft-store",
      "Microsoft Store",
      "storeedgefd.dsx.mp.microsoft.com displaycatalog.mp.microsoft.com storecatalogrevocation.storequality.microsoft.com apps.microsoft.com store.microsoft.com",
      WINDOWS,
    ],
    [
      "microsoft-copilot",
      "Microsoft Copilot",
      "copilot.microsoft.com copilot.cloud.microsoft sydney.bing.com",
      M365,
    ],
    ["microsoft-clarity", "Microsoft Clarity", "clarity.ms"],
  ]),
  ...applications("cloud", [
    [
      "microsoft-365",
      "Microsoft 365",
      "office.com office.net office365.com microsoft365.com cloud.microsoft microsoftonline.com login.microsoft.com login.windows.net login.live.com sts.windows.net officeapps.live.com onmicrosoft.com msidentity.com static.microsoft usercontent.microsoft svc.ms sfbassets.com sway.com office.live.com officecdn.microsoft.com officeclient.microsoft.com office.microsoft.com account.activedirectory.windowsazure.com",
      M365,
    ],
    ["sharepoint", "SharePoint", "sharepoint.com sharepointonline.com spoprod-a.akamaihd.net", M365],
    [
      "azure",
      "Microsoft Azure",
      "azure.com azure.net azure-api.net azurewebsites.net azureedge.net azurefd.net azurecontainer.io azure-devices.net windowsazure.com windows.net cloudapp.net trafficmanager.net azmk8s.io azurecr.io azure-automation.net azure.microsoft.com visualstudio.com vsassets.io",
      AZURE,
    ],
    [
      "power-platform",
      "Microsoft Power Platform",
      "powerapps.com powerautomate.com powerbi.com dynamics.com powerplatform.com powerapps.us",
      M365,
    ],
    [
      "intune",
      "Microsoft Intune",
      "manage.microsoft.com dm.microsoft.com enterpriseregistration.windows.net",
      M365,
    ],
  ]),
  ...applications("mail", [
    [
      "outlook",
      "Outlook",
      "outlook.com outlook.office.com outlook.office365.com outlook.live.com hotmail.com exchange.microsoft.com smtp.office365.com outlook.cloud.microsoft attachments.office.net",
      M365,
    ],
  ]),
  ...applications("file-transfer", [
    [
      "onedrive",
      "OneDrive",
      "onedrive.com onedrive.live.com 1drv.com 1drv.ms sfx.ms storage.live.com livefilestore.com",
      M365,
    ],
  ]),
  ...applications("voice-video", [
    [
      "teams",
      "Microsoft Teams",
      "teams.microsoft.com teams.cloud.microsoft teams.microsoft.us teams.live.com lync.com teams.events.data.microsoft.com broadcast.skype.com teams.office.com",
      M365,
    ],
    ["skype", "Skype", "skype.com skypeassets.com skypeforbusiness.com trouter.io", M365],
  ]),
  ...applications("social", [
    ["linkedin", "LinkedIn", "linkedin.com licdn.com lnkd.in linkedin.cn"],
    [
      "yammer",
      "Viva Engage (Yammer)",
      "yammer.com yammerusercontent.com assets-yammer.com engage.cloud.microsoft",
      M365,
    ],
  ]),
  ...applications("management", [
    [
      "windows-update",
      "Windows Update",
      "windowsupdate.com windowsupdate.microsoft.com update.microsoft.com delivery.mp.microsoft.com download.microsoft.com ntservicepack.microsoft.com wustat.windows.com",
      UPDATE,
    ],
    [
      "windows-telemetry",
      "Windows diagnostic data",
      "events.data.microsoft.com vortex.data.microsoft.com settings-win.data.microsoft.com telemetry.microsoft.com watson.microsoft.com",
      WINDOWS,
    ],
  ]),
  ...applications("security", [
    [
      "microsoft-defender",
      "Microsoft Defender",
      "wdcp.microsoft.com wdcpalt.microsoft.com wd.microsoft.com smartscreen.microsoft.com smartscreen-prod.microsoft.com securitycenter.windows.com security.microsoft.com",
      DEFENDER,
    ],
  ]),
  ...applications("game", [
    [
      "xbox",
      "Xbox",
      "xbox.com xboxlive.com xboxservices.com xboxab.com xbox.microsoft.com gamepass.com",
      "Xbox Support, Network ports and hosts used by Xbox",
    ],
    [
      "minecraft-services",
      "Minecraft",
      "minecraft.net mojang.com minecraftservices.com minecraft-services.net",
    ],
  ]),
];
