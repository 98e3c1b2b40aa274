import { STOP_MS_MAX } from "@palisade/shield";

export const shieldHelp = `palisade shield: a reverse proxy that tests requests and responses by rules

Usage: palisade shield --listen ADDR --upstream URL [OPTIONS]

Requests that come at ADDR are tested by SecLang rules, those of the base rule
set if none are named, and go to the upstream where no rule forbids it; so do
responses on their way back. What is no correct HTTP/1.1 is refused. It runs
until it is stopped.

Options
  -l, --listen ADDR          where requests come: 127.0.0.1:8080, [::1]:8080,
                               0.0.0.0:80; port 0 is one that the system
                               chooses; may be repeated
  -u, --upstream URL         where they go: http://HOST:PORT
  -r, --rules FILE…          rule files instead of the base rule set, in the
                               order in which they are loaded; Include is
                               followed. \`base\` stands for the base rule set's
                               files, \`crs\` for those of the OWASP Core Rule
                               Set from version 4 on, where Debian's package
                               modsecurity-crs has put them
      --no-rules             no rules: a reverse proxy that is strict about HTTP
  -a, --audit-log FILE       appends a line of JSON for each transaction
      --trust-forwarded ADDR[,ADDR…]
                             proxies and prefixes whose X-Forwarded-… and
                               Forwarded are believed; others' are left out
  -q, --quiet                no status line on a terminal
  -h, --help

Signals: SIGHUP reads the rules again (where they have an error, it is told and
the old ones stay) and opens the audit log anew; SIGUSR1 only the latter. SIGINT
and SIGTERM let requests under way end, for ${STOP_MS_MAX / 1000} s at most; a second one ends
them at once.

Exit status: 0 stopped, 2 bad usage, or an error in a rule file, 3 not permitted

Examples
  palisade shield -l 127.0.0.1:8080 -u http://127.0.0.1:3000
  palisade shield -l 127.0.0.1:8080 -u http://127.0.0.1:3000 -r base mine.conf
  palisade shield -l 127.0.0.1:8080 -u http://127.0.0.1:3000 -r crs
  palisade shield -l 0.0.0.0:80 -u http://127.0.0.1:3000 -a /var/log/palisade.jsonl \\
    -r base-1-setup.conf crs-setup.conf rules/*.conf base-7-bodies.conf
  palisade shield -l '[::1]:8080' -u http://[::1]:3000 --no-rules
  pkill -HUP -x palisade

docs/shield.md has more: bounds, statuses, the audit log's format.
`;
