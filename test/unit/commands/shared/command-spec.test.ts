/** What completion knows of each flag and argument that takes a value. */
import { describe, expect, it } from 'vitest';
import { createWholeProgram } from '../../../../src/commands/program.ts';
import { commandSpecOf } from '../../../../src/commands/shared/command-spec.ts';
import { allCommands } from '../../../../src/model/command-spec.ts';

/** Only the user knows them. A new one is a decision: here, or in command-spec.ts. */
const free = [
  ...[
    'amount',
    'archive-name',
    'bytes',
    'commit',
    'component',
    'count',
    'digest',
    'duration',
    'fingerprint',
    'identity',
    'host',
  ],
  ...['id', 'name', 'origin=url', 'place', 'ref', 'rev', 'text', 'time', 'uri', 'url', 'version', 'words'],
];

describe('commandSpecOf', () => {
  it('knows what each value is, or that nobody does', async () => {
    const host = undefined as never;
    const values = allCommands(commandSpecOf(await createWholeProgram(host))).flatMap(
      ({ path, options, arguments: args }) => [
        ...options.flatMap(({ long, value }) =>
          value === undefined ? [] : [{ where: [...path, long].join(' '), value }],
        ),
        ...args.map((value) => ({ where: path.join(' '), value })),
      ],
    );
    const unknown = values.filter(
      ({ value: { name, choices, sorts } }) =>
        choices.length === 0 && sorts.length === 0 && !name.split('|').every((part) => free.includes(part)),
    );
    // A release's file, and none of this machine.
    expect(unknown.map(({ where }) => where)).toEqual(['assay add --asset', 'assay add --component']);
    expect(values.length).toBeGreaterThan(100);
  });
});
