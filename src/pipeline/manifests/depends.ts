/**
 * Refuses .debs that lack what they depend on, by the stanzas that their proofs were kept with. What is missing is named
 * with the suite that has it, as far as the indexes of the same proofs are still at hand: a hint, which lets nothing in.
 */
import { packageFactsOf, type PackageFacts } from '../../formats/upstream/debian-relations.ts';
import { parseStanza } from '../../formats/upstream/deb822.ts';
import { decompress, type Compression } from '../../formats/upstream/decompress.ts';
import { StanzaSearch } from '../../formats/upstream/packages-index.ts';
import type { EvidenceEntry } from '../../formats/own/evidence.ts';
import { AssayError, PolicyError } from '../../model/errors.ts';
import type { Cache, Reporter } from '../../model/ports.ts';
import type { KeptDocuments } from '../shared/kept-documents.ts';
import type { Assembled, Refusal } from './assemble.ts';
import type { PackagesOfImage } from './image-packages.ts';
import { findUnmetNeeds, needsOfImage, type UnmetNeed } from './unmet-needs.ts';

export interface DependsInput {
  readonly packagesOfImage: PackagesOfImage;
  readonly documents: KeptDocuments;
  readonly cache: Cache;
  readonly reporter: Reporter;
}

/** Each refused entry is one that this run changes: it lacks something, or takes it from another. */
export async function refuseUnmetNeeds(
  { state, changes }: Assembled,
  input: DependsInput,
): Promise<readonly Refusal[]> {
  const { target, evidence } = state;
  const { platform } = target;
  const changed = new Set(changes.map(({ name }) => name));
  const named = target.dependencies.flatMap(({ name, type }) => {
    const why = type === 'deb' ? evidence[name] : undefined;
    return why === undefined ? [] : [{ name, why }];
  });
  if (!named.some(({ name }) => changed.has(name))) return [];
  const image = input.packagesOfImage(platform);
  try {
    const kept = new Map(state.kept.map(({ digest, bytes }) => [digest, bytes]));
    const read = await Promise.all(named.map(({ why }) => factsOf(why, kept, input.documents)));
    const facts = read.filter((one) => one !== undefined);
    const entryOf = new Map(named.map(({ name }, at) => [read[at]?.name, name]));
    const open = image === undefined ? needsOfImage(facts, platform.arch) : [];
    sayUnchecked(open, `${platform.os} ${platform.arch}`, input);
    const unmet = findUnmetNeeds(facts, image, platform.arch);
    return await Promise.all(
      unmet.flatMap((one) => {
        const involved = [one.of, ...one.instead].flatMap((fact) => entryOf.get(fact.name) ?? []);
        return involved
          .filter((name) => changed.has(name))
          .map(async (name) => ({ name, error: await refusalOf(one, target.fileName, named, input) }));
      }),
    );
  } catch (error) {
    if (!(error instanceof AssayError)) throw error;
    return named.flatMap(({ name }) => (changed.has(name) ? [{ name, error }] : []));
  }
}

async function factsOf(
  { documents, question }: EvidenceEntry,
  kept: ReadonlyMap<string, Uint8Array>,
  store: KeptDocuments,
): Promise<PackageFacts | undefined> {
  const document = documents.find(({ role }) => role === 'packages-stanza');
  // Not of an apt repository: nothing that was signed says what it depends on.
  if (document === undefined) return undefined;
  const bytes = kept.get(document.digest) ?? (await store.read(document));
  const what = `the stanza of ${question.name}`;
  return packageFactsOf(parseStanza(bytes, what), what);
}

function sayUnchecked(open: readonly PackageFacts[], where: string, { reporter }: DependsInput): void {
  if (open.length === 0) return;
  const names = open.map(({ name }) => name).sort();
  reporter.info(
    `${where}: whether the OS image has what ${names.join(', ')} depend on is not checked: ` +
      'the catalogue does not say which packages it has ("packages" of the platform)',
  );
}

async function refusalOf(
  { of, need, instead }: UnmetNeed,
  fileName: string,
  named: readonly { readonly why: EvidenceEntry }[],
  input: DependsInput,
): Promise<PolicyError> {
  const there = instead.map(({ name, version }) => `${name} ${version}`).join(', ');
  const found = await suitesWith(
    need.relations.map(({ name }) => name),
    named.map(({ why }) => why),
    input,
  );
  const known = found.length === 0 ? '' : ` There is ${found.join('; ')}.`;
  return new PolicyError(
    'CROSS_CHECK_FAILED',
    `${fileName}: ${of.name} ${of.version} depends on ${need.text}, found ${there === '' ? 'none in the manifest or the OS image' : there}`,
    {
      hint: `Add it to the catalogue, or take the version that fits.${known}`,
      context: {
        package: of.name,
        expected: need.text,
        found: instead.map(({ name }) => name),
        suites: found,
      },
    },
  );
}

const maxPlainBytes = 1 << 30;

/** Out of the indexes that the proofs name, where the cache has them, which compares what it gives with the digest. */
async function suitesWith(
  names: readonly string[],
  evidence: readonly EvidenceEntry[],
  { cache }: DependsInput,
): Promise<readonly string[]> {
  const indexes = new Map(
    evidence.flatMap(({ documents }) =>
      documents.flatMap((one) => (one.role === 'packages' ? [[one.digest, one] as const] : [])),
    ),
  );
  const found = new Set<string>();
  for (const { digest, url } of indexes.values()) {
    const bytes = await cache.read(digest);
    if (bytes === undefined) continue;
    const search = new StanzaSearch(new Set(names), url);
    for await (const chunk of decompress(bytes, compressionOf(bytes), maxPlainBytes, url)) search.push(chunk);
    search.end();
    for (const stanza of search.stanzas) {
      const { name, version } = packageFactsOf(parseStanza(stanza.bytes, url), url);
      const [, root, suite] = /^(.*)\/dists\/(.*?)\/[^/]+\/binary-/.exec(url) ?? [];
      found.add(`${name} ${version} in ${suite === undefined ? url : `${suite} of ${root ?? ''}`}`);
    }
  }
  return [...found];
}

/** Indexes by hash have no suffix. */
function compressionOf(bytes: Uint8Array): Compression {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return 'gz';
  return bytes[0] === 0xfd && bytes[1] === 0x37 ? 'xz' : 'none';
}
