/**
 * The bill of materials of assay itself: CycloneDX 1.6, of what the lock files pin, by the digests that npm compares. Node
 * is in it as the packages that the executables are made of. The same locks give the same bytes.
 */
import { ComponentType, HashAlgorithm } from '@cyclonedx/cyclonedx-library/Enums';
import {
  Bom,
  Component,
  HashDictionary,
  LicenseRepository,
  Metadata,
} from '@cyclonedx/cyclonedx-library/Models';
import { JSON as JsonSerialize, JsonSerializer } from '@cyclonedx/cyclonedx-library/Serialize';
import { Spec1dot6 } from '@cyclonedx/cyclonedx-library/Spec';
import { licenceOf, serialNumberOf } from '../../src/render/sbom.ts';
import { digestOf } from '../../src/verify/digest.ts';
import { dependenciesOf, type Lock, type LockedPackage } from './shrinkwrap.ts';

export interface Released {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

/** `toolchain`: the lock of scripts/toolchain/. Throws where a package is not pinned by its digest. */
export function ownSbom(released: Released, lock: Lock, toolchain: Lock): string {
  const libraries = dependenciesOf(lock).map((one) => ({ ...one, type: ComponentType.Library }));
  const nodes = dependenciesOf(toolchain)
    .filter(({ locked }) => locked.os?.includes('linux') === true)
    .map((one) => ({ ...one, type: ComponentType.Platform }));
  const render = (serialNumber?: string) => {
    const root = componentOf(ComponentType.Application, released);
    const bom = new Bom({ metadata: new Metadata({ component: root }) });
    if (serialNumber !== undefined) bom.serialNumber = serialNumber;
    for (const { name, type, locked } of [...libraries, ...nodes]) {
      const { version = '', license = '' } = locked;
      const component = componentOf(type, { name, version, license });
      component.hashes = hashesOf(locked);
      root.dependencies.add(component.bomRef);
      bom.components.add(component);
    }
    const serializer = new JsonSerializer(new JsonSerialize.Normalize.Factory(Spec1dot6));
    return `${serializer.serialize(bom, { space: 2, sortLists: true })}\n`;
  };
  return render(serialNumberOf(digestOf('sha256', Buffer.from(render()))));
}

function componentOf(type: ComponentType, { name, version, license }: Released): Component {
  // https://github.com/package-url/purl-spec: of npm, the scope's @ is encoded.
  const purl = `pkg:npm/${name.replace(/^@/, '%40')}@${version}`;
  const licenses = new LicenseRepository(license === '' ? [] : [licenceOf(license)]);
  return new Component(type, name, { bomRef: purl, version, purl, licenses });
}

/** As npm's lock has it: `sha512-` and base64 (Subresource Integrity). */
function hashesOf({ integrity = '' }: LockedPackage): HashDictionary {
  const [, base64 = ''] = /^sha512-([A-Za-z0-9+/]+={0,2})$/.exec(integrity) ?? [];
  if (base64 === '') throw new Error(`not a SHA-512 digest: ${integrity}`);
  return new HashDictionary([[HashAlgorithm['SHA-512'], Buffer.from(base64, 'base64').toString('hex')]]);
}
