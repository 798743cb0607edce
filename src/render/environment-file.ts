/**
 * An environment file that `. FILE` in a POSIX shell and `EnvironmentFile=` of systemd.exec(5) read alike: between
 * double quotes both take a backslash before `"`, `\`, `$` and a backtick for that character, and all else as it is.
 * (Single quotes would not do: systemd has no way to write one between them.)
 */
import { UsageError } from '../model/errors.ts';

/**
 * A value may have several lines: both read them as they are, since every backslash is written as two, and none is left
 * to join a line to the next. Throws UsageError `USAGE` for a name that is none, and for a value with other control
 * characters, which is not quoted.
 */
export function renderEnvironmentFile(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => {
      if (
        !/^[A-Z_][A-Z0-9_]*$/.test(name) ||
        /[\x00-\x08\x0b-\x1f\x7f]/.test(value) ||
        !value.isWellFormed()
      ) {
        throw new UsageError('USAGE', `an environment file cannot hold ${JSON.stringify(name)}`, {
          hint: 'Names are of capitals, digits and "_"; a value is text.',
        });
      }
      return `${name}="${value.replaceAll(/["\\$`]/g, String.raw`\$&`)}"\n`;
    })
    .join('');
}
