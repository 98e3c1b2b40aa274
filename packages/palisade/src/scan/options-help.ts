export const scanHelp = `palisade scan: ports of hosts, open, closed and filtered

Usage: palisade scan TARGET… [OPTIONS]

TARGET is an address, a prefix (192.0.2.0/24), octet ranges (192.0.2.1-20,99),
or a name. nmap's short forms are understood where they are listed.

Targets
  -iL, --targets-from FILE   targets from a file; "-" is standard input
       --exclude LIST        never these, separated by commas
       --excludefile FILE    never those in the file
       --scope FILE          refuse to scan anything that is not in the file
       --resolve-all         all addresses of a name, not only the first
  -Pn, --skip-discovery      take every host for up; nothing else is there yet
  -n,  --no-names            no reverse name lookup; nothing else is there yet
  -6,  --ipv6                addresses of names are IPv6

Ports
  -p,  --ports LIST          22,80,1000-2000, "-" for 1-65535, names (http*)
       --exclude-ports LIST  never these
  -F,  --fast                the 100 most usual
       --top-ports N         the N most usual (default 1000)

Techniques
       --technique NAME      syn, connect, udp, fin, null, xmas, ack, window,
                             maimon, sctp-init or ip-protocol; by default syn
                             where raw sockets are permitted, else connect
  -sS -sT -sU -sF -sN -sX -sA -sW -sM -sY -sO
                             the same by nmap's letters, in that order
  -g,  --source-port N       probes come from this port
  -e,  --interface IFACE     probes leave by this interface

Pace
  -T0 … -T5, --timing N      nmap's templates (default 3)
       --min-rate N, --max-rate N   probes per second
       --max-retries N       times that a probe is sent again
       --scan-delay TIME     between two probes: 250ms, 2s

Results
  -f,  --format FORMAT       table (default), json, jsonl, xml, grepable, csv
  -o,  --output FILE         there instead of on standard output
  -oX, -oG, -oJ, -oC, -oN FILE   also as XML, grepable, JSON, CSV, table;
                             "-" is standard output, in place of the table
  -oA BASE                   also as BASE.txt, .xml, .gnmap and .json
       --all-states          list closed and filtered ports one by one
       --open                list open ports only
       --no-progress         no progress bar

Reproducing
       --seed N              of the order in which ports are asked
       --shard I/N           the Ith of N parts of the work, with one seed

       --help, --version

Exit status: 0 done, 2 bad usage or targets, 3 not permitted, 130 and 143
stopped by Ctrl-C and by SIGTERM before the end

Examples
  palisade scan 192.0.2.7
  palisade scan -sT -p 22,80,443 192.0.2.0/28
  sudo palisade scan -sS -p- 192.0.2.7 -oX scan.xml
`;
