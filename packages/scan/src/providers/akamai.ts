/**
 * Akamai: printed by tools/providers.mjs. What edge servers speak to origins from. Edges in networks of access
 * providers have those networks' addresses and are not here; nor are ranges that Akamai uses for other services.
 */
import type { Provider } from "./provider.js";

export const akamai: Provider = {
  name: "akamai",
  title: "Akamai",
  source: "https://techdocs.akamai.com/origin-ip-acl/docs/update-your-origin-server",
  asOf: "2025-07-01",
  prefixes: `
2.16.0.0/13 23.0.0.0/12 23.32.0.0/11 23.192.0.0/11 95.100.0.0/15 184.24.0.0/13 2405:9600::/32 2600:1400::/24
2a02:26f0::/32
`,
};
