/** Rows of the table of patterns where not all are asked for. */
export const PATTERNS_SHOWN = 10;

/** Rows of the table of rules that match more or less often, where not all are asked for. */
export const RULE_CHANGES_SHOWN = 20;
/** Examples of each kind of change, and of each rule, where nothing else is asked for. */
export const EXAMPLES_SHOWN = 5;

export const rulesHelp = `palisade rules: SecLang rule sets

Usage: palisade rules check FILE… [OPTIONS]
       palisade rules replay LOG --with FILE… [OPTIONS]
       palisade rules exclude --from LOG --id ID --with FILE… [OPTIONS]
       palisade rules explain --request FILE [OPTIONS]

  check FILE…   load rule files as they would be served, and tell what is wrong
  replay LOG    run an audit log through rules, and tell what would change
  exclude       write the narrowest exclusion that silences a record of a log,
                and tell what else it lets through
  explain       tell what each rule made of a request, why not, and what it cost

Among the names of files, \`base\` stands for the base rule set's and \`crs\` for
those of the OWASP Core Rule Set, as in \`palisade shield --help\`.

\`palisade rules check --help\` and the like have the rest.
`;

export const checkHelp = `palisade rules check: errors, unused exclusions and patterns of rule files

Usage: palisade rules check FILE… [OPTIONS]

FILE is a file of SecLang rules, such as the OWASP Core Rule Set's. Files are
loaded in the order given, with what they Include; data files are looked for
beside the rule file that names them. \`base\` stands for the base rule set's
files, \`crs\` for the OWASP Core Rule Set's, as in \`palisade shield --help\`.

An error is told in one line, FILE:LINE:COLUMN: what is wrong. Otherwise:
  rules by phase and by operator
  patterns, the largest first: which engine matches them, and its states, which
    bound the work for an octet; whether groups are captured
  operators and selectors that are refused
  exclusions that change no rule: misspelt, or before the rules that they mean
  settings; docs/rules.md has those that palisade shield runs with

Options
      --all               all patterns, not only the ${PATTERNS_SHOWN} largest
  -f, --format FORMAT     table (default), json (one object, with all patterns)
  -h, --help
  -V, --version

Exit status: 0 done, 1 something is refused or an exclusion changes no rule,
2 bad usage, or an error in a rule file

Examples
  palisade rules check mine.conf
  palisade rules check before.conf base mine.conf
  palisade rules check crs-setup.conf rules/*.conf
  palisade rules check --all crs-setup.conf rules/*.conf | less
  palisade rules check -f json main.conf | jq '.unused_exclusions'
`;

export const replayHelp = `palisade rules replay: what other rules would have made of recorded requests

Usage: palisade rules replay LOG --with FILE… [--against FILE…] [OPTIONS]

LOG is an audit log, a record a line; - is standard input. Each record's request,
and the response as far as it is recorded, runs through the rules; the verdict is
compared with the recorded one. Files are loaded in the order given, as they would
be served, settings included.

A record that does not hold all is replayed in part, and compared in the phases
that are known: a body that is cut or not recorded, or the response to a request
that was refused. One without request line or headers is not replayed.

Options
      --with FILE…        files of rules to replay the log with; \`base\` and \`crs\`
                            are the rule sets of these names
      --against FILE…     files of rules to compare with, instead of what is
                            recorded: what changes from these to those of --with
      --examples N        records shown of each kind of change (default ${EXAMPLES_SHOWN})
      --all               all rules, not only the ${RULE_CHANGES_SHOWN} with the most changes
  -f, --format FORMAT     text (default), json
      --no-progress       no progress bar
  -h, --help
  -V, --version

Exit status: 0 nothing would change, 1 something would, 2 bad usage, an error in a
rule file, or a line of the log that is no record

Examples
  palisade rules replay audit.jsonl --with before.conf base
  palisade rules replay audit.jsonl --with crs-setup.conf rules/*.conf
  palisade rules replay audit.jsonl --with new/*.conf --against old/*.conf
  zcat audit.jsonl.*.gz | palisade rules replay - --with main.conf -f json | jq .rules
`;

export const excludeHelp = `palisade rules exclude: the narrowest exclusion that silences a record

Usage: palisade rules exclude --from LOG --id ID --with FILE… [OPTIONS]

Runs the record with this id through the rules that were served, and writes a rule
to standard output that takes what matched out of the rules that did: for the
record's host and path alone, and of each rule the header, cookie or argument
alone. Put it into a file that is loaded before the rule set.

Then the whole log is replayed with and without it. On standard error is told
whether the record is silent, and every other record that it lets through.

Where a rule matched something that has no name, such as the request line or a
whole body, the rule itself would have to go. That is written as a comment, and as
a rule with --wider: for the record's host and path alone.

Options
      --from LOG          an audit log, a record a line; a file
      --id ID             the record's id
      --rule N            silence this rule alone
      --with FILE…        files of rules, in the order in which they were served;
                            \`base\` and \`crs\` are the rule sets of these names
      --wider             take rules out where nothing narrower can be
  -f, --format FORMAT     text (default), json (one object, with the rule in it)
      --no-progress       no progress bar
  -h, --help
  -V, --version

Exit status: 0 the record is silenced, 1 it is not in full, 2 bad usage, an error
in a rule file, no such record, or one that these rules do not match

Examples
  palisade rules exclude --from audit.jsonl --id 6cVqZ_y8IWPnU11n2Wfj --with before.conf base >> before.conf
  palisade rules exclude --from audit.jsonl --id 6cVqZ_y8IWPnU11n2Wfj --rule 942100 \\
    --with before.conf crs-setup.conf rules/*.conf
`;

export const explainHelp = `palisade rules explain: what each rule made of a request

Usage: palisade rules explain --request FILE [--response FILE] [OPTIONS]
       palisade rules explain --from LOG --id ID [OPTIONS]

FILE is a message of HTTP/1.1 as it is sent; - is standard input. Lines may end in
LF alone. Tells the verdict, the rules that matched and log, what they matched and
did, and what rules cost. With --all, or of one rule with --rule, also those that log
nothing, and why others did not match: no value holds what they need, they were
removed or skipped, or their phase was over.

Options
      --request FILE      the request
      --response FILE     the response to it; without, phases 1 and 2 alone are told
      --from LOG          an audit log, a record a line, instead of files
      --id ID             the record's id
      --with FILE…        files of rules; \`base\` and \`crs\` are the rule sets of
                            these names; default: base
      --all               all rules
      --rule N            this rule alone
  -f, --format FORMAT     text (default), json (one object, with all rules)
  -h, --help
  -V, --version

Exit status: 0 let through, 1 refused, 2 bad usage, an error in a rule file, a
message that a proxy would not take, or no such record or rule

Examples
  palisade rules explain --request request.http
  palisade rules explain --from audit.jsonl --id 6cVqZ_y8IWPnU11n2Wfj --with main.conf --rule 942100
  palisade rules explain --request - --all --with crs-setup.conf rules/*.conf < request.http
`;
