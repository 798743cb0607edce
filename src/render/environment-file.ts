/**
 * An environment file that `. FILE` in a POSIX shell and `EnvironmentFile=` of systemd.exec(5) read alike: between
 * double quotes both take a backslash before `"`, `\`, `$` and a backtick for that character, and all else as it is.
 * (Single quotes would not do: systemd has no way to write one between them.)
 */
import { UsageError } from '../model/errors.ts';

/** Throws UsageError `USAGE` for a name that is none, and for a value of more than one line or with control characters. */
export function renderEnvironmentFile(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => {
      // A backslash before the end of a line would join it to the next; other control characters systemd refuses.
      if (
        !/^[A-Z_][A-Z0-9_]*$/.test(name) ||
        /[\x00-\x08\x0a-\x1f\x7f]/.test(value) ||
        !value.isWellFormed()
      ) {
        throw new UsageError('USAGE', `an environment file cannot hold ${JSON.stringify(name)}`, {
          hint: 'Names are of capitals, digits and "_"; a value is one line of text.',
        });
      }
      return `${name}="${value.replaceAll(/["\\$`]/g, String.raw`\$&`)}"\n`;
    })
    .join('');
}
