/**
 * Google front ends: printed by tools/providers.mjs. What Google announces less what it hands out to customers
 * of Google Cloud. Cloud CDN and load balancers have addresses among the customers' that nothing published sets
 * apart, so they are not here.
 */
import type { Provider } from "./provider.js";

export const google: Provider = {
  name: "google",
  title: "Google front ends",
  source: "https://support.google.com/a/answer/10026322",
  asOf: "2023-02-16",
  prefixes: `
64.233.160.0/19 66.102.0.0/20 72.14.192.0/18 74.125.0.0/16 108.177.0.0/17 142.250.0.0/15 172.217.0.0/16 172.253.0.0/16
173.194.0.0/16 192.178.0.0/15 209.85.128.0/17 216.58.192.0/19 216.239.32.0/19 2001:4860::/32 2404:6800::/32
2607:f8b0::/32 2800:3f0::/32 2a00:1450::/32 2c0f:fb50::/32
`,
};
