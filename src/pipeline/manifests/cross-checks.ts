/**
 * Checks between entries that were each verified for themselves. They vouch for nothing and let nothing in: all that
 * they can do is refuse. So what they compare with need not be signed.
 */
import { readGoConstant } from '../../formats/upstream/go-constant.ts';
import type { Catalogue, Dependency } from '../../formats/own/catalogue.ts';
import { entriesOf, type ManifestEntry } from '../../formats/own/manifest-entries.ts';
import type { Manifest } from '../../formats/own/manifest.ts';
import { fillTemplate } from '../../formats/own/template.ts';
import { PolicyError } from '../../model/errors.ts';
import type { Fetcher } from '../../model/ports.ts';
import { once } from '../../verify/method.ts';

const maxSourceBytes = 1 << 20;

export interface SandboxImageCheck {
  readonly catalogue: Catalogue;
  /** The image's, with `equals`. */
  readonly dependency: Dependency;
  /** The image's reference, as the manifest would have it. */
  readonly image: string;
  /** Of the dependency that `equals` names, in the same manifest. */
  readonly version: string;
  /** What was read in this run already: manifests share it. */
  readonly memo: Map<string, Promise<unknown>>;
}

/**
 * Is the image the one that the other project compiles in? A node pulls that one by itself otherwise, from the network
 * and unverified. Does nothing for a dependency without `equals`. Throws PolicyError `CROSS_CHECK_FAILED`,
 * VerificationError `EVIDENCE_MALFORMED` where the file does not say, and TransportError.
 */
export async function checkSandboxImage(check: SandboxImageCheck, fetcher: Fetcher): Promise<void> {
  const { catalogue, dependency, image, version, memo } = check;
  const { equals, name } = dependency;
  if (equals === undefined) return;
  const tag = fillTemplate(tagTemplateOf(catalogue, equals.dependency), { version });
  const url = fillTemplate(equals.url, { version, tag });
  const said = await once(memo, `${url} ${equals.constant}`, async () => {
    const { bytes } = await fetcher.get({ url, maxBytes: maxSourceBytes });
    return readGoConstant(bytes, equals.constant, url);
  });
  if (said === image) return;
  throw new PolicyError(
    'CROSS_CHECK_FAILED',
    `${name} is ${image}, and ${equals.dependency} ${version} uses ${said} (${equals.constant} in ${url})`,
    {
      hint: `Name the version of ${said} in the catalogue, or another version of ${equals.dependency}.`,
      context: { name, image, dependency: equals.dependency, version, expected: said, url },
    },
  );
}

function tagTemplateOf(catalogue: Catalogue, name: string): string {
  const from = catalogue.dependencies.find((one) => one.name === name)?.source.from;
  const source = from === undefined ? undefined : catalogue.sources[from];
  // The catalogue has checked both.
  if (source !== undefined && 'tag' in source && typeof source.tag === 'string') return source.tag;
  throw new TypeError(`${name} has no tags`);
}

interface SharedDigest {
  readonly digest: ManifestEntry['digest'];
  readonly error: PolicyError;
}

/**
 * Two names for the same bytes: an upstream that published the wrong file, or a catalogue that names one twice.
 * PolicyError `CROSS_CHECK_FAILED` for each digest that has several names, with all of them.
 */
export function findSharedDigests(manifest: Manifest): readonly SharedDigest[] {
  const entries = entriesOf(manifest).filter(({ slot }) => slot !== 'stub');
  return [...Map.groupBy(entries, ({ entry }) => entry.digest)].flatMap(([digest, alike]) => {
    if (alike.length === 1) return [];
    const names = alike.map(({ name }) => name);
    const error = new PolicyError(
      'CROSS_CHECK_FAILED',
      `${names.join(' and ')} have the same digest, expected different files: ${digest}`,
      {
        hint:
          'Compare their URLs: one of them is not the file that its name says. ' +
          'If it has another name in the catalogue now, remove the entry of the old name.',
        context: { names, digest },
      },
    );
    return [{ digest, error }];
  });
}
