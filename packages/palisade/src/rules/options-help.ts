/** Rows of the table of patterns where not all are asked for. */
export const PATTERNS_SHOWN = 10;

export const rulesHelp = `palisade rules: SecLang rule sets

Usage: palisade rules check FILE… [OPTIONS]

  check FILE…   load rule files as they would be served, and tell what is wrong

\`palisade rules check --help\` has the rest.
`;

export const checkHelp = `palisade rules check: errors, unused exclusions and patterns of rule files

Usage: palisade rules check FILE… [OPTIONS]

FILE is a file of SecLang rules, such as the OWASP Core Rule Set's. Files are
loaded in the order given, with what they Include; data files are looked for
beside the rule file that names them.

An error is told in one line, FILE:LINE:COLUMN: what is wrong. Otherwise:
  rules by phase and by operator
  patterns, the largest first: which engine matches them, and its states, which
    bound the work for an octet; whether groups are captured
  operators and transformations that are refused
  exclusions that change no rule: misspelt, or before the rules that they mean
  settings, none of which anything honours yet: there is no proxy yet

Options
      --all               all patterns, not only the ${PATTERNS_SHOWN} largest
  -f, --format FORMAT     table (default), json (one object, with all patterns)
  -h, --help
  -V, --version

Exit status: 0 done, 1 something is refused or an exclusion changes no rule,
2 bad usage, or an error in a rule file

Examples
  palisade rules check mine.conf
  palisade rules check crs-setup.conf rules/*.conf
  palisade rules check --all crs-setup.conf rules/*.conf | less
  palisade rules check -f json main.conf | jq '.unused_exclusions'
`;
