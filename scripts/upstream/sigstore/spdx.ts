/**
 * A release's bill of materials as Kubernetes' `bom` writes it: SPDX 2.3 in tag-value form, with the release as a
 * package, each file by its path in the release with three checksums, and texts of several lines.
 */
import { createHash } from 'node:crypto';
import { contentHex, type Content } from '../virtual-file.ts';

export interface SpdxOptions {
  /** `DocumentName`. */
  readonly name: string;
  /** `DocumentNamespace`. */
  readonly namespace: string;
  readonly created: Date;
  /** By path. */
  readonly files: ReadonlyMap<string, Content>;
}

export function renderSpdx({ name, namespace, created, files }: SpdxOptions): string {
  const head = `SPDXVersion: SPDX-2.3
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT
DocumentName: ${name}
DocumentNamespace: ${namespace}
Creator: Organization: Kubernetes Release Engineering
Creator: Tool: sigs.k8s.io/bom/pkg/spdx
Created: ${created.toISOString().replace(/\.\d+/, '')}


##### Package: release

PackageName: release
SPDXID: SPDXRef-Package-release
PackageDownloadLocation: NONE
FilesAnalyzed: true
PackageLicenseConcluded: Apache-2.0
PackageCopyrightText: <text>Copyright The Kubernetes Authors.
FileName: is no field here
</text>

Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-Package-release
`;
  return head + [...files].map(([path, content]) => fileEntry(path, content)).join('');
}

function fileEntry(path: string, content: Content): string {
  const [sha256, sha512] = [contentHex(content, 'sha256'), contentHex(content, 'sha512')];
  const id = `SPDXRef-File-release-${path.replaceAll('/', '-')}`;
  // Nobody looks at SHA-1: that of the path is as good, and nothing has to be read for it.
  const sha1 = createHash('sha1').update(path).digest('hex');
  return `
FileName: ${path}
SPDXID: ${id}
FileChecksum: SHA1: ${sha1}
FileChecksum: SHA256: ${sha256}
FileChecksum: SHA512: ${sha512}
FileType: BINARY
LicenseConcluded: Apache-2.0
LicenseInfoInFile: NONE
FileCopyrightText: NOASSERTION

Relationship: SPDXRef-Package-release CONTAINS ${id}
`;
}
