/**
 * Sucuri: printed by tools/providers.mjs.
 */
import type { Provider } from "./provider.js";

export const sucuri: Provider = {
  name: "sucuri",
  title: "Sucuri",
  source: "https://docs.sucuri.net/website-firewall/sucuri-firewall-troubleshooting-guide/",
  asOf: "2026-09-23",
  prefixes: `
66.248.200.0/22 185.93.228.0/22 192.88.134.0/23 208.109.0.0/22 2a02:fe80::/29
`,
};
