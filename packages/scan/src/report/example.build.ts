import type { HostResult, PortService, ScanResult } from "../result/result.js";

const SSH: PortService = {
  name: "ssh",
  product: "OpenSSH",
  version: "9.2p1",
  info: "protocol 2.0",
  os: "Linux",
  cpe: ["cpe:/a:openbsd:openssh:9.2p1"],
  method: "probed",
  confidence: 10,
  details: { "ssh-hostkey": ["ed25519 256"] },
};

/** Within TLS, which only one of two techniques found. */
const HTTPS: PortService = {
  name: "http",
  tunnel: "tls",
  cpe: [],
  method: "probed",
  confidence: 10,
  details: {},
  tls: {
    version: "TLSv1.3",
    cipher: "TLS_AES_256_GCM_SHA384",
    alpn: undefined,
    alert: undefined,
    certificate: {
      subject: "CN=www.example.com, O=Example",
      issuer: "CN=Example CA",
      alternativeNames: ["DNS:www.example.com"],
      validFrom: "2026-01-01T00:00:00Z",
      validTo: "2027-01-01T00:00:00Z",
      key: "ec prime256v1",
      serial: "01",
      sha256: "00".repeat(32),
      selfIssued: false,
    },
  },
};

/** A host with what a zone, TLS and two techniques add. */
export const linkLocalHost: HostResult = {
  address: "fe80::2",
  zone: "eth0",
  names: [],
  state: "up",
  reason: "nd-response",
  replyTtl: 0,
  roundTripUs: 210,
  linkAddress: "02:77:00:00:00:02",
  provider: undefined,
  verdict: undefined,
  notAsked: 0,
  ports: [
    {
      protocol: "tcp",
      port: 443,
      state: "open",
      reason: "syn-ack",
      replyTtl: 64,
      service: HTTPS,
      answers: [
        { technique: "syn", state: "open", reason: "syn-ack", replyTtl: 64 },
        { technique: "connect", state: "filtered", reason: "no-response", replyTtl: 0 },
      ],
    },
  ],
  others: [
    {
      protocol: "tcp",
      state: "closed",
      reason: "reset",
      count: 2,
      ports: "80-81",
      answers: [
        { technique: "syn", state: "closed", reason: "reset", replyTtl: 0 },
        { technique: "connect", state: "filtered", reason: "no-response", replyTtl: 0 },
      ],
    },
  ],
  isTimedOut: false,
  startedMs: Date.UTC(2026, 10, 21, 17, 51, 1),
  finishedMs: Date.UTC(2026, 10, 21, 17, 51, 2),
};

/** Hosts with everything that reports must be able to say. */
export const exampleHosts: readonly HostResult[] = [
  {
    address: "192.0.2.1",
    names: ["www.example.com"],
    state: "up",
    reason: "echo-reply",
    replyTtl: 64,
    roundTripUs: 1_250,
    linkAddress: "02:77:00:00:00:02",
    provider: "cloudflare",
    verdict: "suspect",
    ports: [
      { protocol: "tcp", port: 22, state: "open", reason: "syn-ack", replyTtl: 64, service: SSH },
      { protocol: "tcp", port: 999, state: "open", reason: "syn-ack", replyTtl: 63, service: undefined },
    ],
    others: [
      { protocol: "tcp", state: "closed", reason: "reset", count: 990, ports: "1-21,23-991" },
      { protocol: "tcp", state: "filtered", reason: "no-response", count: 7, ports: "992-996,998,1000" },
      { protocol: "tcp", state: "filtered", reason: "admin-prohibited", count: 1, ports: "997" },
    ],
    notAsked: 0,
    isTimedOut: false,
    startedMs: Date.UTC(2026, 10, 21, 17, 51, 1),
    finishedMs: Date.UTC(2026, 10, 21, 17, 51, 2),
  },
  {
    address: "2001:db8::7",
    names: [],
    state: "down",
    reason: "no-response",
    replyTtl: 0,
    roundTripUs: undefined,
    linkAddress: undefined,
    provider: undefined,
    verdict: undefined,
    ports: [],
    others: [],
    notAsked: 0,
    isTimedOut: true,
    startedMs: Date.UTC(2026, 10, 21, 17, 51, 1),
    finishedMs: Date.UTC(2026, 10, 21, 17, 51, 2),
  },
];

/** A result with everything that reports must be able to say. */
export const exampleResult: ScanResult = {
  discoveries: [{ family: "ipv4", engine: "packet", because: undefined, probes: 3, up: 1 }],
  evasion: ["fragments of 8 octets"],
  scans: [
    {
      family: "ipv4",
      technique: "syn",
      protocol: "tcp",
      engine: "packet",
      because: undefined,
      ports: "1-1000",
      portsPerHost: 1000,
      probes: 2004,
      limitedHosts: 0,
    },
  ],
  asks: [{ technique: "syn", protocol: "tcp", ports: "1-1000" }],
  seed: "00112233445566778899aabb",
  arguments: ["palisade", "scan", "-sS", "www.example.com", '--name=a<b>&"c"'],
  targets: ["www.example.com"],
  excluded: [],
  startedMs: Date.UTC(2026, 10, 21, 17, 51, 1),
  finishedMs: Date.UTC(2026, 10, 21, 17, 51, 2, 250),
  probes: 2004,
  losses: { ringDrops: 3, sendRefusals: 1, firewalled: 2 },
  stopped: false,
  notAsked: { hosts: 0, ports: 0 },
  failure: undefined,
  hostsAsked: 2,
  hosts: exampleHosts,
};
