/**
 * A tool as aqua's registry has it, as a source and an entry of the catalogue, at the strongest method that both know.
 * What cannot be carried over is said, and nothing is guessed of what is verified.
 */
import {
  isSupported,
  nameOf,
  ruleFor,
  type AquaPackage,
  type AquaRule,
} from '../../formats/upstream/aqua/registry.ts';
import { keyFor } from '../../formats/own/upstream-ref.ts';
import { splitTag, unify, Unsupported, type Tagged } from '../shared/release-names.ts';
import { withoutExtension } from './aqua-names.ts';
import { architectures, namesOf, proofsOf } from './aqua-platforms.ts';
import { checksOf, hostsWord } from './aqua-proofs.ts';
import type { Proof, Released } from './aqua-released.ts';
import { releasedAs, sourceOf } from './aqua-source.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface ImportedEntry {
  /** Of source and entry. */
  readonly name: string;
  readonly source: Fields;
  readonly entry: Fields;
  /** What is known of each that has to be pinned. */
  readonly anchors: readonly Fields[];
}

export interface Imported {
  /** As aqua calls it. */
  readonly package: string;
  /** Does aqua verify something of it on Linux? */
  readonly verifiable: boolean;
  /** Does it verify a signature or an attestation? */
  readonly signed: boolean;
  readonly entry: ImportedEntry | undefined;
  /** Is there nothing that aqua checks, and the entry does not? */
  readonly isWhole: boolean;
  /** What is lost, or why there is no entry. */
  readonly reasons: readonly string[];
}

export function importPackage(one: AquaPackage, version: string | undefined): Imported {
  const name = nameOf(one);
  const none = { package: name, verifiable: false, signed: false, entry: undefined, isWhole: false };
  if (version === undefined) return { ...none, reasons: ['there is no current version'] };
  const rules = architectures
    .map((arch) => ({ arch, rule: ruleFor(one, version, arch) }))
    .filter(({ arch, rule }) => isSupported(rule, arch) && rule.no_asset !== true && !rule.error_message);
  const [first] = rules;
  if (first === undefined) return { ...none, reasons: ['it is not published for Linux'] };
  const tagged = splitTag(version);
  const counted = {
    ...none,
    ...countOf(
      rules.map(({ rule }) => rule),
      version,
    ),
  };
  try {
    if (tagged === undefined) throw new Unsupported(`the tag ${version} has no version in it`);
    const released = rules.map(({ arch, rule }) => releasedAs(rule, arch, tagged));
    return { ...counted, ...entryOf(name, released, tagged) };
  } catch (error) {
    if (error instanceof Unsupported) return { ...counted, reasons: [error.message] };
    throw error;
  }
}

/** Whatever could be said of it here. */
function countOf(rules: readonly AquaRule[], version: string): Pick<Imported, 'verifiable' | 'signed'> {
  const tagged = splitTag(version) ?? { tag: version, prefix: '', version };
  const checks = rules.flatMap((rule) =>
    checksOf({ rule, tagged, arch: 'amd64', asset: 'asset', folder: 'https://', isOfOneVersion: false }),
  );
  return { verifiable: checks.length > 0, signed: checks.some(({ strength }) => strength !== 'checksum') };
}

const types: Readonly<Record<string, string>> = {
  'tar.gz': 'tar.gz',
  tgz: 'tar.gz',
  'tar.xz': 'tar.xz',
  txz: 'tar.xz',
  'tar.zst': 'tar.zst',
  'tar.bz2': 'tar.bz2',
  tbz: 'tar.bz2',
  tbz2: 'tar.bz2',
  zip: 'zip',
  gz: 'gz',
  xz: 'xz',
  zst: 'zst',
  bz2: 'bz2',
};

function typeOf({ rule: { format }, asset }: Released): string {
  if (format === 'raw') return 'binary';
  const extension = asset.slice(withoutExtension(asset).length + 1);
  const said = [format, extension].find((one) => one) ?? '';
  if (said === '') return 'binary';
  const type = types[said];
  if (type === undefined) throw new Unsupported(`it is a file of the form ${said}`);
  return type;
}

function entryOf(
  name: string,
  released: readonly Released[],
  tagged: Tagged,
): Pick<Imported, 'entry' | 'isWhole' | 'reasons'> {
  const [first] = released;
  if (first === undefined) throw new TypeError('a tool for no architecture');
  const reasons: string[] = [];
  const found = new Set(released.map(typeOf));
  const [type, ...otherTypes] = found;
  if (otherTypes.length > 0) throw new Unsupported('its files are of another form for each architecture');
  const { proofs, lost } = proofsOf(released, tagged);
  reasons.push(...lost);
  const [proof = hostsWord(released, lost), ...witnesses] = proofs;
  if (proof === undefined) {
    return {
      ...{ entry: undefined, isWhole: false },
      reasons: reasons.length > 0 ? reasons : ['aqua verifies nothing of it'],
    };
  }
  reasons.push(...proofs.flatMap(({ assumed }) => assumed ?? []));
  const key = keyFor(name.split('/').slice(-2).join('-'));
  const platforms =
    released.length === architectures.length ? {} : { architectures: released.map(({ arch }) => arch) };
  const verification = {
    ...named(proof, key),
    ...(witnesses.length === 0 ? {} : { witnesses: witnesses.map((one) => named(one, key)) }),
  };
  const entry = {
    ...{ type, ...platforms },
    source: {
      from: key,
      asset: unify(
        namesOf(released, ({ asset }) => asset),
        tagged,
      ),
    },
    verification,
  };
  return {
    entry: {
      ...{ name: key, source: sourceOf(released, tagged), entry },
      anchors: proofs.flatMap(({ anchor }) => (anchor === undefined ? [] : [anchor])),
    },
    isWhole: lost.length === 0,
    reasons,
  };
}

/** Anchors bear the tool's name. */
function named({ verification }: Proof, key: string): Fields {
  return Object.fromEntries(
    Object.entries(verification).map(([field, value]) => [field, value === true ? key : value]),
  );
}
