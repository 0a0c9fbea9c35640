/** The commands that repeat a run: text that can be pasted into a shell as it is. */

const SAFE = /^[\w@%+=:,./-]+$/;
// eslint-disable-next-line no-control-regex -- finding control characters is what this is for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2060-\u2069]/;

/** One word of a shell command. Control characters are written as escapes, so that printing it is harmless. */
export function shellWord(text: string): string {
  if (SAFE.test(text)) return text;
  const inert = text.replace(/[\\']/g, '\\$&').replace(new RegExp(CONTROL, 'g'), unit => {
    const code = unit.charCodeAt(0).toString(16);
    return unit < '\u0080' ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`;
  });
  return CONTROL.test(text) ? `$'${inert}'` : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The command that repeats one seed of a system, named as the user named it. */
export function runCommand(given: string, seed: string, variant: string): string {
  const chosen = variant === 'default' ? '' : ` --variant ${shellWord(variant)}`;
  return `npx syncstorm run ${shellWord(given)} --seed ${seed}${chosen}`;
}

/** The command that explores a scope of a system, named as the user named it. */
export function exploreCommand(given: string, scope: string, variant: string): string {
  const chosen = variant === 'default' ? '' : ` --variant ${shellWord(variant)}`;
  return `npx syncstorm explore ${shellWord(given)} --scope ${scope}${chosen}`;
}

/** The command that repeats a stored plan; `system` where the plan alone does not lead to its system. */
export const replayCommand = (file: string, system: string | null): string =>
  ofStored('replay', file, system);

/** The command that explains a stored plan; `system` as for {@link replayCommand}. */
export const explainCommand = (file: string, system: string | null): string =>
  ofStored('explain', file, system);

function ofStored(verb: string, file: string, system: string | null): string {
  const from = system === null ? '' : ` --system ${shellWord(system)}`;
  return `npx syncstorm ${verb} ${shellWord(file)}${from}`;
}
