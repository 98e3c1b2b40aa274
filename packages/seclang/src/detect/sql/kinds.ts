/**
 * Kinds of SQL tokens, each a letter: a value's shape is the letters of its first tokens, folded.
 *
 * The method is Galbraith's ("libinjection: SQLi lexical analysis", Black Hat USA 2012); the alphabet is our own. It tells apart
 * what prose and injections do differently: a string that the application opened from one that the client wrote whole, and a word
 * from a name that only a program would write.
 */

/** The string that the application's own quote opened, up to the client's first quote. */
export const OPENED = 1;
/** A string that the value's end leaves open, with something in it: the application's closing quote ends it. */
export const LEFT_OPEN = 2;
/** The same, empty. */
export const LEFT_OPEN_EMPTY = 3;
export const STRING = 4;
/** A number, or a constant such as NULL and TRUE. */
export const NUMBER = 5;
/** A word of letters alone, as prose has them. */
export const WORD = 6;
/** A variable, or a name with `_`, `.`, `$` or a digit in it, or in brackets. */
export const NAME = 7;
/** A call of a function, with its arguments. */
export const CALL = 8;
/** A call that waits, reads files, runs programs or forces an error, or whose arguments hold a query. */
export const CALL_GRAVE = 9;
/** A query in parentheses. */
export const SUBQUERY = 10;
/** A comparison of two constants. */
export const TAUTOLOGY = 11;
export const LOGICAL = 12;
/** A comparison in signs: `=`, `<>`, `@>`. */
export const COMPARISON = 13;
/** A comparison in letters: LIKE, IN, BETWEEN. */
export const COMPARISON_WORD = 14;
export const ARITHMETIC = 15;
/** UNION, EXCEPT, INTERSECT, MINUS. */
export const UNION = 16;
/** SELECT, VALUES, TABLE behind UNION. */
export const SELECT = 17;
/** The first word of another statement: INSERT, DROP, EXEC. */
export const STATEMENT = 18;
/** FROM, WHERE, CASE … */
export const KEYWORD = 19;
/** GROUP BY, ORDER BY, HAVING, LIMIT. */
export const CLAUSE = 20;
export const SEMICOLON = 21;
/** A comment that takes the rest of the value. */
export const COMMENT = 22;
export const COMMA = 23;
/** A parenthesis before SELECT that is not closed yet. */
export const SUBQUERY_OPEN = 24;
/** `*` where a value is expected. */
export const STAR = 25;
/** An octet that means nothing in SQL. */
export const OTHER = 26;

// Kinds that the lexer knows and a shape has not.
/** GROUP, ORDER, PARTITION: a clause where BY follows. */
export const CLAUSE_HALF = 27;
/** BY; and the TO of SIMILAR TO. */
export const BY = 28;
/** ALL, DISTINCT, TOP: nothing behind SELECT and UNION, else words. */
export const QUANTIFIER = 29;
export const CASE = 30;
export const END = 31;
export const NOT = 32;
export const OPEN = 33;
export const CLOSE = 34;
/** VALUES and TABLE: a query behind UNION, else a keyword. */
export const QUERY_WORD = 35;
/** OUTFILE, DUMPFILE: grave behind INTO, else words. */
export const FILE_OUT = 36;
/** `+`, `-`, `~`, `!`: arithmetic behind a value, nothing before one. */
export const SIGN = 37;
/** The value is at its end. */
export const NOTHING = 0;

/** By kind; the letters of a fingerprint. */
export const KIND_LETTERS = "?qzys1nvfFet&owaUETkB;c,(*x";
