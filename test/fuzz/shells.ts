/**
 * Every script that is rendered for a shell, with texts from the document in place of each value: names, URLs, digests,
 * paths, certificates, passwords. Each has to arrive byte for byte where it is meant to, under every shell that is here,
 * and nothing of it may be run.
 */
import { createHash } from 'node:crypto';
import { wireUrlText } from '../../src/model/wire-url.ts';
import {
  defaultFetchOptions,
  fetchShell,
  renderFetchScript,
  type FetchItem,
} from '../../src/render/fetch-script/fetch-script.ts';
import { renderHandCommands } from '../../src/render/hand-commands.ts';
import { renderInstallPlan } from '../../src/render/install-plan.ts';
import { alteredManifest, sha256 } from '../support/manifest-sample.ts';
import { hasProgram } from '../support/posix-shells.ts';
import { inEveryShell, requireShellcheck } from './shell-room.ts';
import { between, print, quoted, same, Texts } from './shell-texts.ts';
import { filledIn, userDataWords } from './shell-user-data.ts';
import type { Input, Target } from './target.ts';

/** What shells have been tricked with. */
const seeds = [
  ["'", "'\\''", "';owned;'", "'$(owned)'", '`owned`', '"; owned; "', '\n}\nowned\n{\n', '\nowned\n'],
  [
    '-n',
    '--',
    '-e owned',
    '*',
    '~',
    '~root',
    '?',
    '[a-z]',
    '{a,b}',
    '!!',
    '#',
    '\\',
    '\\c',
    '\\n',
    '%s%n',
    '%d',
  ],
  [
    '$HOME',
    '${CALLS}',
    '$((1+1))',
    '$',
    '$1',
    '${x:-$(owned)}',
    '<(owned)',
    '>canary',
    '| owned',
    '&& owned',
    '& owned',
  ],
  [
    '\n',
    '\r',
    '\t',
    ' ',
    '',
    '\n\n',
    'a\n',
    '\na',
    '\\\n',
    '\x7f',
    '\x1b[2J',
    '\u2028',
    '\ufeff',
    '\u00e9',
    '\u{1f512}',
  ],
  [
    'EOF\nowned',
    'ASSAY_VALUES',
    '=ASSAY_VALUES nonce',
    '{{',
    '}}',
    '{{ .A }}',
    '<no value>',
    ')\nowned\n(',
    'esac\nowned',
  ],
  [
    'https://a.example/$(owned)',
    "https://a.example/'owned",
    'a.example',
    'sha256:00',
    'x=y',
    'PATH=/',
    'a b',
    'a\\b',
  ],
].map((texts): Input => [Buffer.from(texts.join(between))]);

/** Some are looked at by shellcheck as well: it takes a second. */
function isChecked([document]: Input): boolean {
  return (
    createHash('sha256')
      .update(document ?? '')
      .digest()[0]! < 4
  );
}

const wordsOf = ({ name, url, digest, sizeBytes, otherUrls = [] }: FetchItem) => [
  ...[name, wireUrlText(url), digest, String(sizeBytes), ...otherUrls.map(wireUrlText)],
];

/** All that stands at the head of a fetch script, whatever it is. */
function fetchWords(input: Input): void {
  const texts = new Texts(input);
  const items = [0, 1].map((index) => ({
    ...{ name: texts.next(), url: texts.next(), otherUrls: [texts.next()] },
    ...{ digest: texts.next() as FetchItem['digest'], sizeBytes: 2 - index },
  }));
  const words = { directory: texts.next(), installedFile: texts.next(), mirrorCa: texts.next() };
  const login = { username: texts.next(), password: texts.next() };
  const registry = { url: texts.next(), authKeys: [texts.next(), texts.next()] };
  const url = wireUrlText(registry.url);
  const probe = [
    'item() { p item "$@"; }',
    'read_credentials() { p keys "$@"; }',
    'p "$dir" "$installed" "$mirror_ca"',
    'list',
    `registry=${quoted(url)} credentials=`,
    'read_registry_credentials',
    'p "$credentials"',
    `url=${quoted(url)}/blobs/x`,
    'find_registry',
    'p "$registry"',
  ].join('\n');
  for (const credentials of [undefined, login]) {
    const options = { ...defaultFetchOptions, ...words, mirrors: ['https://mirror.example/a'] };
    const script = fetchShell(items, { ...options, registry: { ...registry, credentials } }, probe);
    const secret = Buffer.from(`${login.username}:${login.password}`).toString('base64');
    const shown = credentials === undefined ? ['keys', ...registry.authKeys, ''] : [secret];
    const listed = items.flatMap((item) => ['item', ...wordsOf(item)]);
    const expected = [...Object.values(words), ...listed, ...shown, url];
    inEveryShell(`${print}\n${script}`, ({ stdout }) => {
      same('word', stdout, expected);
    });
  }
}

/** A whole fetch script: what curl is asked for, and that nothing else is. */
function fetchRun(input: Input): void {
  const texts = new Texts(input);
  const urls = [texts.next(), texts.next()].map((text) => `https://a.example/'${text}`);
  const items = urls.map((url, index) => ({
    ...{ name: `file-${String(index)}`, url, digest: sha256, sizeBytes: 2 - index, otherUrls: [`${url}-`] },
  }));
  const directory = `x${texts.next().replaceAll('/', '-').slice(0, 40)}`;
  const options = { ...defaultFetchOptions, jobs: 1, attempts: 1, retryPauseMs: 0, directory };
  const installedFile = `/nowhere/${texts.next()}`;
  const script = renderFetchScript(items, { ...options, installedFile }, texts.next());
  if (isChecked(input)) requireShellcheck(script);
  const asked = urls.flatMap((url) => [url, `${url}-`]).map(wireUrlText);
  inEveryShell(
    script,
    ({ status, calls }) => {
      same('program', [...new Set(calls.map(({ program }) => program))], ['curl']);
      const found = calls.map(({ args }) => args[args.indexOf('--url') + 1]);
      same('URL', found, asked);
      same('exit code', [status], [4]);
    },
    { recorded: ['curl'] },
  );
}

const bash = [{ name: 'bash', argv: ['bash'] }] as const;

/** It is bash's, whatever vmconfig is. */
function installPlan(input: Input): void {
  const texts = new Texts(input);
  const kind = texts.next();
  const keys = [...new Set([texts.next(), texts.next(), texts.next()])].sort();
  const url = texts.next();
  const entry = (type: string) => ({ version: '1', url, type, digest: texts.next(), size: 1 });
  const entries = new Map(keys.map((key, index) => [key, entry(index === 0 ? 'binary' : 'deb')]));
  const manifest = alteredManifest((vmconfig) => {
    vmconfig['kind'] = kind as never;
    vmconfig['dependencies'] = Object.fromEntries(entries) as never;
  });
  const plan = renderInstallPlan(manifest, sha256);
  const names = ['ALL', 'DEB', 'TAR_GZ', 'BINARY'].map(
    (name) => `p x "\${VMCONFIG_DEPENDENCIES_${name}[@]}"`,
  );
  const script = [print, plan, 'p "$VMCONFIG_KIND"', ...names].join('\n');
  const all = [...entries].map(([key, { type, digest }]) => [key, type, digest].join('\t'));
  const of = (type: string) => [...entries].flatMap(([key, one]) => (one.type === type ? [key] : []));
  const lists = [all, of('deb'), [], of('binary')].map((list) => list.sort());
  inEveryShell(
    script,
    ({ stdout: [told, ...words] }) => {
      same('kind', [told], [kind]);
      const found = lists.map((list, index) => {
        const before = lists.slice(0, index).reduce((sum, one) => sum + one.length + 1, 0);
        return ['x', ...words.slice(before + 1, before + 1 + list.length).sort()];
      });
      same(
        'word',
        found.flat(),
        lists.flatMap((list) => ['x', ...list]),
      );
    },
    { shells: hasProgram('bash', '--version') ? bash : [] },
  );
}

/** What `explain` says that one may run. */
function handCommands(input: Input): void {
  const texts = new Texts(input);
  const argvs = [3, 1, 9].map((count) => texts.some(count));
  const commands = argvs.map((args) => ({ argv: ['stand-in', ...args] }));
  for (const width of [20, 80]) {
    const script = renderHandCommands([{ of: 'x', commands }], width).join('\n');
    inEveryShell(
      script.replace('cd "$(mktemp -d)"', ''),
      ({ calls }) => {
        const expected = argvs.flatMap((args) => ['stand-in', ...args]);
        same(
          'word',
          calls.flatMap(({ program, args }) => [program, ...args]),
          expected,
        );
      },
      { recorded: ['stand-in'] },
    );
  }
}

/** Each try starts a dozen processes. */
const slow = { batch: 4, startsPrograms: true, seeds: () => seeds } as const;

export function shellTargets(): readonly Target[] {
  return [
    { name: 'render/fetch-script, its words', run: fetchWords, ...slow },
    { name: 'render/fetch-script, run', run: fetchRun, ...slow },
    { name: 'render/install-plan', run: installPlan, ...slow },
    { name: 'render/hand-commands', run: handCommands, ...slow },
    { name: 'render/user-data, its words', run: userDataWords, ...slow },
    { name: 'render/user-data, filled in', run: filledIn, ...slow },
  ];
}
