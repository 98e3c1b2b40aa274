import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { asWritten, translateNmapWords } from "./nmap-words.js";

const USAGE = { code: "USAGE" } as const;

describe("nmap's words", () => {
  for (const [given, wanted] of [
    ["-sS", "--technique=syn"],
    ["-sT", "--technique=connect"],
    ["-sU", "--technique=udp"],
    ["-sF", "--technique=fin"],
    ["-sN", "--technique=null"],
    ["-sX", "--technique=xmas"],
    ["-sA", "--technique=ack"],
    ["-sW", "--technique=window"],
    ["-sM", "--technique=maimon"],
    ["-sY", "--technique=sctp-init"],
    ["-sO", "--technique=ip-protocol"],
    ["-sSU", "--technique=syn --technique=udp"],
    ["-T0", "--timing=0"],
    ["-T5", "--timing=5"],
    ["-Tpolite", "--timing=2"],
    ["-TInsane", "--timing=5"],
    ["-T polite", "--timing=2"],
    ["-T 4 192.0.2.1", "--timing=4 192.0.2.1"],
    ["-v", "--verbose"],
    ["-vv", "--verbose"],
    ["-vvv", "--verbose"],
    ["-v2", "--verbose"],
    ["--noninteractive", "--no-progress"],
    ["-sV --no-stylesheet 192.0.2.1 --unique", "--service-detection 192.0.2.1"],
    ["-o --unique", "--output=--unique"],
    ["-Pn", "--skip-discovery"],
    ["-F", "--fast"],
    ["-n", "--no-names"],
    ["-6", "--ipv6"],
    ["-h", "--help"],
    ["-V", "--version"],
    ["-p 22,80", "--ports=22,80"],
    ["-p22,80", "--ports=22,80"],
    ["-p=22", "--ports=22"],
    ["-p-", "--ports=-"],
    ["-p -", "--ports=-"],
    ["-iL hosts", "--targets-from=hosts"],
    ["-iL -", "--targets-from=-"],
    ["-oX a.xml", "--xml=a.xml"],
    ["-oX-", "--xml=-"],
    ["-oG g", "--grepable=g"],
    ["-oJ j", "--json=j"],
    ["-oC c", "--csv=c"],
    ["-oN n", "--table=n"],
    ["-oA all", "--output-all=all"],
    ["-o out", "--output=out"],
    ["-f", "--fragment"],
    ["-ff", "--fragment --fragment"],
    ["-D 192.0.2.1,ME", "--decoys=192.0.2.1,ME"],
    ["-sn", "--hosts-only"],
    ["-sP", "--hosts-only"],
    ["-sL", "--list"],
    ["-sV", "--service-detection"],
    ["-sSV", "--technique=syn --service-detection"],
    ["-PE", "--ping=echo"],
    ["-PS", "--ping=syn"],
    ["-PS22,80-90", "--ping=syn:22,80-90"],
    ["-PO1,2", "--ping=ip-protocol:1,2"],
    ["-g 53", "--source-port=53"],
    ["-e eth0", "--interface=eth0"],
    ["--ports 22 192.0.2.1", "--ports 22 192.0.2.1"],
    ["-p 80 192.0.2.1 -sT", "--ports=80 192.0.2.1 --technique=connect"],
    ["constructor __proto__", "constructor __proto__"],
    ["192.0.2.1 -- -sT -p", "192.0.2.1 -- -sT -p"],
  ] as const) {
    it(`${given} is ${wanted}`, () => {
      assert.deepEqual(translateNmapWords(given.split(" ")), wanted.split(" "));
    });
  }

  for (const [word, message] of [
    ["-sC", /^-sC: scripts are not there yet; -sV asks/],
    ["-sCV", /^-sC: scripts are not there yet/],
    ["-sVC", /^-sC: scripts are not there yet/],
    ["-sI", /^-sI: idle scans are not there yet; leave it out$/],
    ["-sZ", /^-sZ: .* are not there yet; -sY /],
    ["-O", /^-O: operating system detection is not there yet; -sV /],
    ["--osscan-guess", /^--osscan-guess: operating system detection is not there yet/],
    ["-A", /^-A: operating system detection, scripts and traces are not there yet; -sV /],
    ["--script", /^--script: scripts are not there yet/],
    ["--script-args=a=b", /^--script-args=a=b: scripts are not there yet/],
    ["--traceroute", /^--traceroute: a trace of the route is not there yet; leave it out$/],
    ["-oS", /^-oS: this format of nmap's is not there yet/],
    ["-b", /^-b: FTP bounce scans are not there yet/],
    ["--scanflags=URG", /^--scanflags=URG: .* not there yet; -sS, /],
    ["-iR", /^-iR: random targets are not there yet/],
    ["-iR100", /^-iR100: random targets are not there yet/],
    ["--port-ratio", /not there yet; --top-ports N /],
    ["-r", /^-r: .* not there yet; with --seed N /],
    ["-rH", /^-rH: .* not there yet; hosts are asked in random order/],
    ["--max-parallelism", /not there yet; use --min-rate and --max-rate$/],
    ["--min-hostgroup=64", /^--min-hostgroup=64: .* not there yet; all are asked/],
    ["--max-rtt-timeout=100ms", /not there yet; -T4 and -T5/],
    ["--max-scan-delay", /not there yet; --scan-delay /],
    ["--allports", /^--allports: this option of nmap's is not there yet/],
    ["-S", /^-S: another source address is not there yet; -e /],
    ["-S192.0.2.1", /^-S192\.0\.2\.1: another source address is not there yet/],
    ["--spoof-mac=0", /not there yet; `ip link set` /],
    ["--data=00", /^--data=00: .* not there yet; --data-length N /],
    ["--data-string", /not there yet; --data-length N /],
    ["--ip-options=R", /not there yet; leave it out$/],
    ["--proxies", /not there yet; leave it out$/],
    ["--send-ip", /not there yet; the route decides/],
    ["--unprivileged", /not there yet; -sS wants raw sockets, -sT none$/],
    ["--privileged", /not there yet; -sS wants/],
    ["--system-dns", /not there yet; -R asks /],
    ["--packet-trace", /not there yet; --pcap FILE /],
    ["-d", /^-d: output for debugging is not there yet; -v /],
    ["-dd", /^-dd: output for debugging is not there yet/],
    ["-d2", /^-d2: output for debugging is not there yet/],
    ["--append-output", /not there yet; `-oX - >> FILE`/],
    ["--webxml", /not there yet; `xsltproc /],
    ["--versiondb=f", /not there yet; --service-probes /],
    ["-sQ", /^-sQ: there is no technique "Q"; there are S, T, U/],
    ["-sSQ", /^-sSQ: there is no technique "Q"/],
    ["-T9", /^-T9: give -T0 to -T5/],
    ["-T", /^-T: give -T0 to -T5/],
    ["-Tfast", /^-Tfast: give -T0 to -T5, or -T and one of paranoid/],
    ["-PI", /^there is no option -PI;/],
    ["-v0", /^there is no option -v0; `palisade scan --help`/],
    ["-p", /^-p wants a value/],
    ["-oX", /^-oX wants a value/],
    ["-iL", /^-iL wants a value/],
  ] as const) {
    it(`${word} is refused in one line, not left out in silence`, () => {
      assert.throws(() => translateNmapWords([word]), { ...USAGE, message });
      assert.throws(
        () => translateNmapWords([word]),
        (error: Error) => !error.message.includes("\n"),
      );
    });
  }

  it("say what -T cannot have behind it", () => {
    assert.throws(() => translateNmapWords(["-T", "192.0.2.1"]), {
      ...USAGE,
      message: /^-T 192\.0\.2\.1: give -T0/,
    });
  });

  it("leave other words as they are, and whatever is behind --", () => {
    const plain = fc.string().filter((word) => !word.startsWith("-"));
    const long = fc.string({ minLength: 1 }).map((word) => `--${word}`);
    fc.assert(
      fc.property(fc.array(fc.oneof(plain, long)), fc.array(fc.string()), (words, rest) => {
        const given = [...words, "--", ...rest];
        assert.deepEqual(translateNmapWords(given), given);
      }),
    );
  });

  it("stand in messages as they were written", () => {
    for (const [words, message, wanted] of [
      ["-f", "--fragment: why", "-f: why"],
      ["--fragment", "--fragment: why", "--fragment: why"],
      ["-- -f", "--fragment: why", "--fragment: why"],
      ["-PE -PS22", "--ping and --skip-discovery", "-PE and --skip-discovery"],
      ["-PE -PS22", "--ping syn:70000: why", "-PS70000: why"],
      ["-PE", "--pings", "--pings"],
      ["-P0 -oXfile", "--skip-discovery, --xml, --json", "-P0, -oX, --json"],
      ["-ff -T4", "--fragment, --timing", "-ff, -T"],
    ] as const)
      assert.equal(asWritten(message, words.split(" ")), wanted);
  });

  it("never end in anything but words or a refusal", () => {
    const word = fc.oneof(
      fc
        .constantFrom("-s", "-T", "-o", "-p", "-P", "-e", "-f")
        .chain((start) => fc.string({ maxLength: 3 }).map((end) => `${start}${end}`)),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(word), (words) => {
        try {
          for (const translated of translateNmapWords(words)) assert.equal(typeof translated, "string");
        } catch (error) {
          assert.equal((error as { code?: unknown }).code, "USAGE", String(error));
        }
      }),
    );
  });
});
