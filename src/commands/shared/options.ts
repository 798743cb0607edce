/** Flags that several commands share, and how their values are read. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { isOciPlace, parseOciPlace } from '../../formats/own/oci-place.ts';
import { parseDuration } from '../../formats/own/duration.ts';
import { AssayError } from '../../model/errors.ts';
import { parseMirror, parseMirrorBase, parseTrustedMirror, type Mirror } from '../../io/http/mirrors.ts';
import type { Host } from './host.ts';

export interface OutputFlags {
  readonly json?: true;
  readonly quiet?: true;
  readonly verbose?: true;
}

export interface TimeFlags {
  readonly now?: Date;
}

export interface NetworkFlags extends OutputFlags {
  readonly mirror?: readonly Mirror[];
  readonly trustedMirror?: readonly Mirror[];
  readonly cacheDir?: string;
}

export function addOutputOptions(command: Command): Command {
  return command
    .option('--json', 'print one JSON document on standard output')
    .option('--quiet', 'print errors only')
    .option('--verbose', 'print every step, and the stack of an unforeseen error');
}

export function addTimeOption(command: Command): Command {
  return command.addOption(
    new Option('--now <time>', 'the time to judge by, ISO 8601 with a zone (default: now)').argParser(
      parseTime,
    ),
  );
}

export function addNetworkOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--mirror <origin=url>',
        'fetch what is under the prefix ORIGIN from URL instead; repeatable, also ASSAY_MIRRORS (comma-separated)',
      ).argParser(collectMirror(parseMirror, '--mirror')),
    )
    .addOption(
      new Option(
        '--trusted-mirror <origin=url>',
        'as --mirror, and believe it where upstream signs nothing; repeatable, also ASSAY_TRUSTED_MIRRORS',
      ).argParser(collectMirror(parseTrustedMirror, '--trusted-mirror')),
    )
    .option('--cache-dir <dir>', 'where downloads are cached by digest (default: $XDG_CACHE_HOME/assay)');
}

/** Of two for the same origin the first counts: a flag overrules the environment, and trust given to one is not lost. */
export function mirrorsOf(flags: NetworkFlags, { env }: Host): readonly Mirror[] {
  return [
    ...(flags.trustedMirror ?? []),
    ...(flags.mirror ?? []),
    ...mirrorsIn(env, 'ASSAY_TRUSTED_MIRRORS', parseTrustedMirror),
    ...mirrorsIn(env, 'ASSAY_MIRRORS', parseMirror),
  ];
}

type MirrorParser = typeof parseMirror;

/** Of several, the number says which one is wrong: it is not shown. */
function collectMirror(parse: MirrorParser, flag: string) {
  return (text: string, before: readonly Mirror[] = []): readonly Mirror[] => [
    ...before,
    parse(text, before.length === 0 ? flag : `${flag}, number ${before.length + 1}`),
  ];
}

function mirrorsIn(env: Host['env'], name: string, parse: MirrorParser): readonly Mirror[] {
  return splitList(env[name] ?? '').map((text, at) => parse(text, `${name}, number ${at + 1}`));
}

/** For flags that take `A,B` and may be repeated. */
export function collectList(text: string, before: readonly string[] | undefined): readonly string[] {
  const names = splitList(text);
  if (names.length === 0) throw new InvalidArgumentError('It names nothing.');
  return [...(before ?? []), ...names];
}

export function collectFile(file: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), file];
}

function splitList(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

export const mirrorBaseOption = new Option(
  '--mirror-base <url>',
  'fetch from URL/vmconfig/artifacts/NAME/VERSION/FILE in place of the origins, or from oci://REGISTRY/REPOSITORY',
).argParser((text) => (isOciPlace(text) ? parseOciPlace(text, '--mirror-base').text : parseMirrorBase(text)));

export const fallbackOriginOption = new Option(
  '--fallback-origin',
  'where --mirror-base cannot be had, ask the origin',
);

/** For flags that take a number. */
export function countUpTo(max: number): (text: string) => number {
  return (text) => {
    const count = /^[1-9][0-9]*$/.test(text) ? Number(text) : 0;
    if (count < 1 || count > max) throw new InvalidArgumentError(`Write a whole number from 1 to ${max}.`);
    return count;
  };
}

/** A flag that takes a length of time: commander's own error names it. `flags`: such as `--within [time]`. */
export function durationOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => {
    try {
      return parseDuration(text);
    } catch (error) {
      if (!(error instanceof AssayError)) throw error;
      throw new InvalidArgumentError(error.hint ?? error.message);
    }
  });
}

export function parseTime(text: string): Date {
  const isComplete = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})$/.test(text);
  const time = new Date(text);
  if (!isComplete || Number.isNaN(time.getTime())) {
    throw new InvalidArgumentError('Write it like 2026-11-20T12:00:00Z.');
  }
  return time;
}
