/** Where things are on a VM: a contract with its install script and its services. */
import type { FileType } from '../../model/artifact.ts';

export const vmPaths = {
  artifacts: '/opt/podplane/artifacts',
  share: '/opt/podplane/share',
  /** Exists once installation is complete. */
  installed: '/opt/podplane/share/vmconfig-installed.json',
  scripts: '/opt/podplane/bin',
  settings: '/opt/podplane/etc',
  identity: '/opt/nstance-agent/identity',
  /** Where cloud-init writes the first-boot script, in a cloud-config. */
  userData: '/opt/podplane/etc/user-data.sh',
} as const;

const suffixes: Readonly<Record<FileType, string>> = {
  binary: '',
  deb: '.deb',
  'tar.gz': '.tar.gz',
  qcow2: '.qcow2',
  'helm-chart': '.tgz',
  'tar.xz': '.tar.xz',
  'tar.zst': '.tar.zst',
  'tar.bz2': '.tar.bz2',
  zip: '.zip',
  gz: '.gz',
  xz: '.xz',
  zst: '.zst',
  bz2: '.bz2',
};

/** What the file of an entry is called among the artifacts, whatever upstream calls it. */
export function stagedName(key: string, type: FileType): string {
  return key + suffixes[type];
}

export const vmconfigTarball = stagedName('vmconfig', 'tar.gz');
