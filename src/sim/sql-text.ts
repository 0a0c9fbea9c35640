/** What can be told of an SQL statement by its text: its short name, whether it writes, and whether it would reach past its host. */

export interface SqlTraits {
  /** Its verb and its table, as in `insert pending`: for keys and traces. */
  readonly label: string;
  /** It can change something. */
  readonly writes: boolean;
  /** It can change the schema. */
  readonly alters: boolean;
  /** It begins or ends a transaction: `whole`, or a part of one. */
  readonly control: 'whole' | 'part' | null;
  /** What of the engine's own clock or chance it asks for, as in `random()`. */
  readonly reaches: string | null;
  /** More than one statement, of which engines run only the first. */
  readonly several: boolean;
  /** It asks for, or changes, what belongs to the connection and not to the database; or it ends transactions as a whole. */
  readonly personal: boolean;
}

const MOST_KEPT = 10_000;
const known = new Map<string, SqlTraits>();

export function traitsOf(sql: string): SqlTraits {
  let traits = known.get(sql);
  if (traits === undefined) {
    traits = read(sql);
    if (known.size >= MOST_KEPT) known.clear();
    known.set(sql, traits);
  }
  return traits;
}

export const labelOf = (sql: string): string => traitsOf(sql).label;

const LITERAL_OR_COMMENT = /'(?:[^']|'')*'|--[^\n]*|\/\*[\s\S]*?\*\//g;
const QUOTED_NAME = /"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]/g;
const TABLE = /\b(?:from|into|update|table|index)\s+(?:if\s+(?:not\s+)?exists\s+)?["`]?(\w+)/i;
const READS = /^(?:select|values|explain|with(?!.*\b(?:insert|update|delete|replace)\b)|pragma(?!.*=))\b/;
const PERSONAL =
  /\b(?:last_insert_rowid|changes|total_changes)\s*\(|^(?:pragma|vacuum|attach|detach|analyze|reindex)\b/;
const WHOLE_TRANSACTION =
  /\b(?:or|on\s+conflict)\s+rollback\b|\braise\s*\(\s*rollback\b|\bdeferr(?:able|ed)\b/;
const DATES = /\b(?:date|time|datetime|julianday|unixepoch|strftime|timediff)\s*\(/;

function read(sql: string): SqlTraits {
  const plain = sql.replace(LITERAL_OR_COMMENT, text => (text.startsWith("'") ? "''" : ' '));
  const text = plain.trim().replace(/\s+/g, ' ');
  const verb = /^\w+/.exec(text)?.[0].toLowerCase() ?? 'sql';
  const table = TABLE.exec(text)?.[1];
  const bare = text.replace(QUOTED_NAME, ' x ').toLowerCase();
  return {
    label: table === undefined ? verb : `${verb} ${table}`,
    writes: !READS.test(bare),
    alters: ['create', 'alter', 'drop'].includes(verb),
    control: controlOf(verb, bare),
    reaches: reachOf(sql, bare),
    several: verb !== 'create' && /;\s*[^\s;]/.test(bare),
    personal: PERSONAL.test(bare) || WHOLE_TRANSACTION.test(bare),
  };
}

function controlOf(verb: string, bare: string): SqlTraits['control'] {
  if (verb === 'savepoint' || verb === 'release' || /^rollback\b.* to\b/.test(bare)) return 'part';
  return ['begin', 'commit', 'end', 'rollback'].includes(verb) ? 'whole' : null;
}

function reachOf(sql: string, bare: string): string | null {
  const named = /\b(random|randomblob)\s*\(|\b(current_(?:time|date|timestamp))\b/.exec(bare);
  if (named !== null) return named[1] === undefined ? (named[2] ?? null) : `${named[1]}()`;
  // a date function answers for the present when it is told 'now', and when it is told nothing
  const unspoken = /\b(date|time|datetime|julianday|unixepoch)\s*\(\s*\)|\b(strftime)\s*\(\s*''\s*\)/.exec(
    bare,
  );
  if (unspoken !== null) return `${unspoken[1] ?? unspoken[2] ?? ''}()`;
  return DATES.test(bare) && /'now'/i.test(sql) ? "'now'" : null;
}
