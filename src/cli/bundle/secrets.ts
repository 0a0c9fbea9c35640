/** Keeps secrets of the environment out of what is written about a run, should the system under test have let one in. */
import {compareText} from '../../sim/json.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Names that say that the value is nobody's business. */
const SECRET = /TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|API_?KEY|ACCESS_?KEY|PRIVATE|AUTH|COOKIE/i;
/** Shorter values are in any text by chance. */
const SHORTEST = 8;

/** The same plain data with every such value replaced by the name of its variable. */
export function withoutSecrets<T>(value: T, env: Environment): T {
  const secrets = Object.entries(env)
    .filter(
      (entry): entry is [string, string] => (entry[1]?.length ?? 0) >= SHORTEST && SECRET.test(entry[0]),
    )
    // the longer first: one may be a part of another
    .sort((a, b) => b[1].length - a[1].length || compareText(a[0], b[0]));
  if (secrets.length === 0) return value;
  const text = JSON.stringify(value);
  const clean = secrets.reduce((before, [name, secret]) => replaced(before, name, secret), text);
  return clean === text ? value : (JSON.parse(clean) as T);
}

/** In the JSON text of a value a secret stands as a part of a string; in JSON inside JSON, as a part of that. */
function replaced(text: string, name: string, secret: string): string {
  let clean = text;
  let written = secret;
  for (let depth = 0; depth < 3; depth += 1) {
    written = JSON.stringify(written).slice(1, -1);
    clean = clean.replaceAll(written, `[${name.replace(/[^\w]/g, '-')}]`);
  }
  return clean;
}
