/**
 * A bill of materials of manifests: CycloneDX 1.6 as JSON (ECMA-424), by the project's own library. It says what a VM
 * is built from, and by what evidence; it vouches for nothing itself.
 *
 * The same manifests give the same bytes: everything is in an order of its own, in no language's, and nothing is drawn
 * by lot.
 */
import { ComponentType, ExternalReferenceType, HashAlgorithm } from '@cyclonedx/cyclonedx-library/Enums';
import {
  Bom,
  Component,
  ExternalReference,
  ExternalReferenceRepository,
  HashDictionary,
  LicenseRepository,
  Metadata,
  NamedLicense,
  Property,
  PropertyRepository,
  SpdxLicense,
  Tools,
} from '@cyclonedx/cyclonedx-library/Models';
import { JSON as JsonSerialize, JsonSerializer } from '@cyclonedx/cyclonedx-library/Serialize';
import { Spec1dot6 } from '@cyclonedx/cyclonedx-library/Spec';
import { isSupportedSpdxId } from '@cyclonedx/cyclonedx-library/SPDX';
import { evidenceAbout, pairEvidence, type EvidencedEntry } from '../formats/own/entry-evidence.ts';
import type { EvidenceEntry, EvidenceFile } from '../formats/own/evidence.ts';
import { purlOf } from '../formats/own/entry-purl.ts';
import type { SlottedEntry } from '../formats/own/manifest-entries.ts';
import type { Manifest } from '../formats/own/manifest.ts';
import { digestAlgorithm, digestHex, type Digest } from '../model/digest.ts';
import { version } from '../model/version.ts';
import { byKey } from '../formats/text/record.ts';

export interface SbomManifest {
  /** For example `knc.debian-13.amd64.json`. */
  readonly fileName: string;
  readonly manifest: Manifest;
  /** Of the file. */
  readonly digest: Digest;
  /** As it is kept beside the manifest: recorded, and not judged here. */
  readonly evidence: EvidenceFile;
}

export interface SbomOptions {
  /** None unless given. */
  readonly createdAt?: Date | undefined;
  /** `urn:uuid:…` */
  readonly serialNumber?: string | undefined;
  /** By an artifact's digest, the licences that it says it has. */
  readonly licences?: ReadonlyMap<string, readonly string[]> | undefined;
}

/** Throws VerificationError `SUBJECT_MISMATCH` where evidence is about other bytes than its entry. */
export function renderSbom(manifests: readonly SbomManifest[], options: SbomOptions): string {
  const components = new Map<string, Component>();
  const byName = manifests.toSorted((one, other) => (one.fileName < other.fileName ? -1 : 1));
  const roots = byName.map((one) => {
    const root = manifestComponent(one);
    for (const entry of pairEvidence(one.manifest, one.evidence).entries) {
      const bomRef = refOf(entry.slotted);
      const known = components.get(bomRef) ?? entryComponent(entry, bomRef, one.manifest, options);
      components.set(bomRef, known);
      root.dependencies.add(known.bomRef);
    }
    return root;
  });
  const [first, ...others] = roots;
  const tools = new Tools();
  tools.components.add(new Component(ComponentType.Application, 'assay', { version }));
  const metadata = new Metadata({ tools });
  if (options.createdAt !== undefined) metadata.timestamp = options.createdAt;
  const bom = new Bom({ metadata });
  if (options.serialNumber !== undefined) bom.serialNumber = options.serialNumber;
  // A bill is of one thing. Of several manifests, none is more so than another.
  if (first !== undefined && others.length === 0) metadata.component = first;
  else for (const root of roots) bom.components.add(root);
  for (const [, component] of [...components].sort(byKey)) {
    bom.components.add(component);
  }
  const serializer = new JsonSerializer(new JsonSerialize.Normalize.Factory(Spec1dot6));
  return `${serializer.serialize(bom, { space: 2 })}\n`;
}

/** A UUID of the custom kind, version 8 (RFC 9562, section 5.8): of what the bill says, as `digest` has it. */
export function serialNumberOf(digest: Digest): string {
  const hex = digestHex(digest);
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16);
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
  ];
  return `urn:uuid:${[...parts, hex.slice(20, 32)].join('-')}`;
}

/** Two manifests with the same file have one component for it. */
function refOf({ name, entry: { digest, version: stated } }: SlottedEntry): string {
  return `${name}@${digest === '' ? stated : digest}`;
}

function manifestComponent({ fileName, manifest, digest }: SbomManifest): Component {
  const name = fileName.replace(/\.json$/, '');
  return new Component(ComponentType.Platform, name, {
    bomRef: `${name}@${digest}`,
    version: manifest.vmconfig.version,
    hashes: hashesOf(digest),
  });
}

function entryComponent(
  evidenced: EvidencedEntry,
  bomRef: string,
  manifest: Manifest,
  { licences }: SbomOptions,
): Component {
  const { slotted } = evidenced;
  const { slot, name, entry } = slotted;
  const { os } = manifest.vmconfig;
  if (slot === 'stub')
    return new Component(ComponentType.Application, name, { bomRef, version: entry.version });
  const evidence = evidenceAbout(evidenced);
  const component = new Component(typeOf(slotted), slot === 'os-image' ? os.name : nameOf(slotted), {
    bomRef,
    version: evidence?.version ?? entry.version,
    hashes: hashesOf(entry.digest),
    properties: new PropertyRepository(propertiesOf(slotted, os.arch, evidence)),
    externalReferences: new ExternalReferenceRepository(referencesOf(slotted, evidence)),
    licenses: new LicenseRepository((licences?.get(entry.digest) ?? []).map(licenceOf)),
  });
  const purl = purlOf(slotted, { os: os.name, arch: os.arch }, evidence);
  if (purl !== undefined) component.purl = purl;
  if (slot === 'os-image') addBootFiles(component, os.boot);
  return component;
}

/** Debian names libraries so, and has no other mark of them that stands in a file's name. */
function typeOf({ slot, name, entry }: SlottedEntry): ComponentType {
  if (slot === 'image') return ComponentType.Container;
  if (slot === 'os-image') return ComponentType.OperatingSystem;
  return entry.type === 'deb' && name.startsWith('lib') ? ComponentType.Library : ComponentType.Application;
}

/** Of an image its repository: the tag is the version. */
function nameOf({ slot, name }: SlottedEntry): string {
  return slot === 'image' ? name.slice(0, name.lastIndexOf(':')) : name;
}

function hashesOf(digest: Digest): HashDictionary {
  const algorithm =
    digestAlgorithm(digest) === 'sha256' ? HashAlgorithm['SHA-256'] : HashAlgorithm['SHA-512'];
  return new HashDictionary([[algorithm, digestHex(digest)]]);
}

function propertiesOf(
  { entry }: SlottedEntry,
  arch: string,
  evidence: EvidenceEntry | undefined,
): readonly Property[] {
  const signers = evidence?.signers.map((signer) =>
    signer.method === 'sigstore'
      ? `${signer.identity} (${signer.issuer})`
      : signer.method === 'openpgp'
        ? `OpenPGP ${signer.primaryFingerprint}`
        : `public key ${signer.fingerprint}`,
  );
  const values: readonly (readonly [string, string | undefined])[] = [
    ['arch', arch],
    ['size', String(entry.size)],
    ['providers', entry.providers?.join(',')],
    ['assurance', evidence?.assurance ?? 'none recorded'],
    ['method', evidence?.question.verification.method],
    ['digestOnly', evidence?.digestOnly === undefined ? undefined : 'true'],
    ['judgedAt', evidence?.judgedAt],
    ...(signers ?? []).map((signer) => ['signer', signer] as const),
    ...(evidence?.anchors ?? []).map((anchor) => ['anchor', `${anchor.name} ${anchor.digest}`] as const),
  ];
  return values.flatMap(([name, value]) =>
    value === undefined ? [] : [new Property(`assay:${name}`, value)],
  );
}

/** Where it is, and what it is believed by: what a reader may follow. Evidence may name any other URL. */
function referencesOf(
  { slot, entry }: SlottedEntry,
  evidence: EvidenceEntry | undefined,
): readonly ExternalReference[] {
  const digest = entry.digest as Digest;
  const file =
    slot === 'image'
      ? []
      : [new ExternalReference(entry.url, ExternalReferenceType.Distribution, { hashes: hashesOf(digest) })];
  const documents = (evidence?.documents ?? []).map(
    (document) =>
      new ExternalReference(document.url, ExternalReferenceType.Evidence, {
        hashes: hashesOf(document.digest),
        comment: document.role,
      }),
  );
  return [...file, ...documents].filter(({ url }) => URL.parse(String(url))?.protocol === 'https:');
}

function addBootFiles(image: Component, boot: Manifest['vmconfig']['os']['boot']): void {
  if (boot === undefined) return;
  for (const { path, digest } of [boot.kernel, boot.initrd]) {
    const bomRef = `${path}@${digest}`;
    image.components.add(new Component(ComponentType.File, path, { bomRef, hashes: hashesOf(digest) }));
  }
}

/** As written, where it is none of SPDX's. */
export function licenceOf(name: string): SpdxLicense | NamedLicense {
  return isSupportedSpdxId(name) ? new SpdxLicense(name) : new NamedLicense(name);
}
