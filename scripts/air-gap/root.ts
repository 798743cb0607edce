/** A root with processes, mounts and a host name of its own, which goes from an empty disk to a configured VM. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exec } from '../real-servers/programs.ts';
import { assay, repository } from './assay.ts';
import type { Site, Way } from './site.ts';

const packages = ['libpq5', 'libsubid5', 'uidmap'];
const key = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA${'A'.repeat(43)} operator`;

/** There is no systemd in the root; containerd is all that is started by it. */
const systemctl = `#!/bin/sh
case "$*" in
'start containerd') containerd >/var/log/containerd 2>&1 </dev/null & ;;
esac
`;

/** What a first boot is, and what is to be seen after it, while containerd is still up. */
const firstBoot = `#!/bin/sh
set -eu
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
/bin/sh /user-data.sh >&2
ctr -n k8s.io images ls | awk 'NR > 1 { print $1, $3 }'
ctr -n k8s.io snapshots --snapshotter native ls | awk 'NR > 1 { print "unpacked", $1 }'
dpkg-query --show --showformat='\${Package} \${Version} \${Status}\\n' ${packages.join(' ')}
`;

/** Throws where it is not as it has to be. */
export async function bootRoot(work: string, name: string, { flags }: Way, { address }: Site): Promise<void> {
  const root = join(work, `root-${name}`);
  await exec('cp', ['--archive', join(work, 'root'), root]);
  try {
    await writeFile(join(root, 'usr/local/bin/systemctl'), systemctl, { mode: 0o755 });
    await mkdir(join(root, 'etc/containerd'), { recursive: true });
    await writeFile(join(root, 'first-boot.sh'), firstBoot);
    await writeValues(join(work, 'values.json'), address);
    await assay(
      'render',
      'user-data',
      ...flags,
      '--values',
      join(work, 'values.json'),
      '-o',
      join(root, 'user-data.sh'),
    );
    const namespaces = ['--uts', '--mount', '--pid', '--fork', '--kill-child'];
    const env = ['PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'DEBIAN_FRONTEND=noninteractive'];
    const inside = [
      'chroot',
      root,
      '/usr/bin/env',
      '-i',
      ...env,
      'CONTAINERD_SNAPSHOTTER=native',
      '/bin/sh',
      '/first-boot.sh',
    ];
    const { stdout } = await exec('unshare', [...namespaces, ...inside], { maxBuffer: 16 << 20 });
    const installed = stdout.match(/ install ok installed$/gm) ?? [];
    if (installed.length !== packages.length) throw new Error(`by ${name}: packages are missing\n${stdout}`);
    if (!/^registry\.k8s\.io\/pause:3\.10\.2\s/m.test(stdout))
      throw new Error(`by ${name}: no image\n${stdout}`);
    if (!/^unpacked sha256:[0-9a-f]{64}$/m.test(stdout))
      throw new Error(`by ${name}: nothing unpacked\n${stdout}`);
    const steps = (await readFile(join(root, 'var/log/vm-root'), 'utf8')).trimEnd().split('\n').join(' ');
    console.log(`air-gap: by ${name}: ${steps}`);
    console.log(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => `  ${line}`)
        .join('\n'),
    );
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function writeValues(file: string, address: string): Promise<void> {
  const caCertificate = await readFile(join(repository, 'test/fixtures/tls/loopback.crt.pem'), 'utf8');
  const env = {
    ...{ PROVIDER_KIND: 'aws', AWS_ACCOUNT_ID: '123456789012', CLUSTER_ID: 'rehearsal' },
    ...{ NSTANCE_SERVER_REGISTRATION_ADDR: address, NSTANCE_SERVER_AGENT_ADDR: address },
  };
  const nonce = `${Buffer.from('{}').toString('base64url')}.air-gap.signature`;
  const values = {
    hostname: 'air-gap',
    sshUser: 'admin',
    sshAuthorizedKeys: [key],
    nonce,
    caCertificate,
    env,
  };
  await writeFile(file, JSON.stringify(values));
}
