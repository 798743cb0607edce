/**
 * What each method asks for, tells and leaves open of genuine documents, which is all that `explain` and the report draw:
 * links, what was compared, the commands to see the same by hand, and what nothing proves. Golden file:
 * test/fixtures/explain/methods.txt.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Command } from '../../../src/formats/own/proof-chain.ts';
import type { Need } from '../../../src/model/need.ts';
import type { EvidenceDocument } from '../../../src/model/verification.ts';
import { Gathering } from '../../../src/sources/gather.ts';
import { methodOf } from '../../../src/verify/registry.ts';
import { Trail, type HandFiles, type Link, type LinkEnd } from '../../../src/verify/trail.ts';
import { readMaterial, storeOf, trustOf, type Case } from '../../fuzz/material.ts';

const golden = readFileSync(join(import.meta.dirname, '../../fixtures/explain/methods.txt'), 'utf8');
const sections = new Map(
  golden
    .split(/^(?=# )/m)
    .map((section) => [section.slice('# '.length, section.indexOf('\n')), section] as const),
);
const material = readMaterial();
const trust = trustOf(material);

async function told({ name, method: called, spec: given, subject, genuine }: Case): Promise<string> {
  const method = methodOf(called);
  const asked: Need[] = [];
  const documents = storeOf(genuine);
  const store = {
    read(need: Need) {
      asked.push(need);
      return documents.read(need);
    },
  };
  const trail = new Trail();
  const gathering = new Gathering(store, { trust, now: new Date(material.now) });
  const asks = { spec: method.schema.parse(given), subject, subjects: [subject] };
  const { result } = (await gathering.judge(method, asks, trail)).verified;
  const lines = [
    ...asked.map(askedLine),
    ...trail.links.flatMap(linkLines),
    ...trail.unproven.map(({ what }) => `not proven: ${what}`),
    `${result.assurance}, by ${result.method}${result.isDigestOnly ? ', a digest alone' : ''}: ${result.documents.map(({ role }) => role).join(', ')}`,
  ];
  return stable(`# ${name}\n${lines.join('\n')}\n`);
}

function askedLine(need: Need): string {
  const most = 'maxBytes' in need ? [`at most ${need.maxBytes} bytes`] : [];
  const form = 'contentType' in need ? [`in ${need.contentType}`] : [];
  const flags = Object.entries(need).flatMap(([flag, value]) => (value === true ? [flag] : []));
  return [`asks for ${need.role} ${need.url}`, ...most, ...form, ...flags].join(', ');
}

function linkLines({ from, to, beside = [], checks, byHand }: Link): readonly string[] {
  const before: Command[] = [];
  const commands = byHand?.(filesOf(before)) ?? [];
  return [
    `${nameOf(from)} -> ${[to, ...beside].map(nameOf).join(', with ')}`,
    ...checks.map(({ check, value, against }) => `  ${check} ${value}: ${against}`),
    ...[...before, ...commands].map(commandLine),
  ];
}

function nameOf(end: LinkEnd): string {
  if ('anchor' in end) return `anchor ${end.anchor}`;
  if ('origin' in end) return `origin ${end.origin}`;
  return 'artifact' in end ? 'artifact' : end.role;
}

/** Each document under the last segment of its URL. */
function filesOf(before: Command[]): HandFiles {
  return {
    document: ({ name, url }: Pick<EvidenceDocument, 'url'> & { readonly name?: string }) =>
      name ?? url.slice(url.lastIndexOf('/') + 1),
    anchor: (name) => `${name}.anchor`,
    artifact: () => 'the-file',
    make(name, command) {
      before.push(command(name));
      return name;
    },
  };
}

function commandLine({ argv, stdin, stdout }: Command): string {
  const words = argv.map((word) => (/[\s|$]/.test(word) || word === '' ? `'${word}'` : word));
  const given = stdin === undefined ? [] : ['<<<', JSON.stringify(stdin)];
  return ['  $', ...words, ...given, ...(stdout === undefined ? [] : ['>', stdout])].join(' ');
}

/** What is another with each making of the material: digests, by the order in which they come, and the log's numbers. */
function stable(text: string): string {
  const known = new Map<string, number>();
  return text
    .replaceAll(/\b[0-9a-f]{40,128}\b/g, (hex) => {
      const number = known.get(hex) ?? known.size + 1;
      known.set(hex, number);
      return `DIGEST${number}`;
    })
    .replaceAll(/log entry \d+/g, 'log entry N');
}

it.each(material.cases)('$name', async (one) => {
  expect(await told(one)).toBe(sections.get(one.name));
});

it('is told of every case, and of no other', () => {
  expect([...sections.keys()].toSorted()).toEqual(material.cases.map(({ name }) => name).toSorted());
});
