/**
 * Rendered user-data in directories that are not root's: the home of the user who gets the SSH keys, and the identity
 * directory, which is the agent's once all is installed. What they put there must lead root nowhere.
 */
import {
  chmod,
  chown,
  link,
  lchown,
  lstat,
  mkdir,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test as base } from 'vitest';
import { status } from '../support/fault-server.ts';
import { openFirstBoot, type FirstBoot } from '../support/first-boot.ts';
import { makePipe } from '../support/make-pipe.ts';
import { inTurn, posixShells, shellsForFew, type PosixShell } from '../support/posix-shells.ts';
import type { Outcome } from '../support/run-assay.ts';

const sshKey = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA${'A'.repeat(43)} me@example`;
const otherKey = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA${'B'.repeat(43)} other@example`;
const nonce = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl';
const secret = 'TOPSECRET\n';
const isRoot = process.getuid?.() === 0;
/** Somebody else, where there is root to make it so; else this user himself. */
const owner = isRoot ? { uid: 65534, gid: 65534 } : userInfo();

interface Owners {
  readonly boot: FirstBoot;
  readonly home: string;
  readonly keys: string;
  /** A file of root's, that nobody else may read. */
  readonly victim: string;
  /** As far as it comes: the tarball is not to be had. */
  runWhole(shell: PosixShell): Promise<Outcome>;
  /** The steps in these directories alone. */
  run(shell: PosixShell): Promise<Outcome>;
  /** What the user owns. */
  give(path: string): Promise<void>;
  requireUntouched(): Promise<void>;
}

const test = base.extend<{ owners: Owners }>({
  owners: async ({}, use) => {
    const boot = await openFirstBoot();
    boot.answerTarball(status(404));
    await chmod(dirname(boot.root), 0o755);
    const home = boot.at('home/u');
    await mkdir(home, { recursive: true });
    await chown(home, owner.uid, owner.gid);
    await boot.standIn('getent', `echo 'u:x:${owner.uid}:${owner.gid}::/home/u:/bin/sh'`);
    const victim = join(dirname(boot.root), 'victim');
    await writeFile(victim, secret, { mode: 0o600 });
    const values = { sshUser: 'u', sshAuthorizedKeys: [sshKey, otherKey], nonce };
    await use({
      ...{ boot, home, victim, keys: join(home, '.ssh/authorized_keys') },
      runWhole: (shell) => boot.run(shell, values),
      run: (shell) => boot.run(shell, values, 'authorize_keys\nwrite_identity'),
      give: (path) => lchown(path, owner.uid, owner.gid),
      async requireUntouched() {
        expect(await readFile(victim, 'utf8')).toBe(secret);
        const { uid, mode } = await stat(victim);
        expect([uid, mode & 0o777]).toEqual([process.getuid?.(), 0o600]);
      },
    });
    await boot.close();
  },
});

const reached = (outcome: Outcome, exitCode = 0) => expect(outcome.exitCode, outcome.stderr).toBe(exitCode);
const gaveUp = (outcome: Outcome) => expect(outcome.exitCode, outcome.stderr).toBe(2);

async function requireKeys({ keys }: Owners, text: string): Promise<void> {
  expect(await readFile(keys, 'utf8')).toBe(text);
  for (const [path, mode] of [
    [keys, 0o600],
    [dirname(keys), 0o700],
  ] as const) {
    const stats = await lstat(path);
    expect([stats.uid, stats.gid, stats.mode & 0o777]).toEqual([owner.uid, owner.gid, mode]);
  }
}

const both = `${sshKey}\n${otherKey}\n`;

describe.concurrent.for(posixShells)("user-data in a user's home, under $name", (shell) => {
  const own = inTurn(test, shell);
  own('adds the keys that are missing, as the user, and no more the second time', async ({ owners }) => {
    await mkdir(dirname(owners.keys), { mode: 0o700 });
    await writeFile(owners.keys, `# mine\n\n${otherKey}`);
    for (const path of [dirname(owners.keys), owners.keys]) await owners.give(path);
    for (let run = 0; run < 2; run += 1) {
      reached(await owners.runWhole(shell), 4);
      await requireKeys(owners, `# mine\n\n${otherKey}\n${sshKey}\n`);
    }
    expect(await readdir(dirname(owners.keys))).toEqual(['authorized_keys']);
  });

  own('replaces a link, and takes nothing from what it leads to', async ({ owners }) => {
    reached(await owners.run(shell));
    await requireKeys(owners, both);
    await rm(owners.keys);
    await symlink(owners.victim, owners.keys);
    await owners.give(owners.keys);
    const outcome = await owners.run(shell);
    reached(outcome);
    expect(outcome.stderr).toContain('authorized_keys was no file of the user');
    await requireKeys(owners, both);
    await owners.requireUntouched();
  });

  own.for([
    ['a pipe', (keys: string) => makePipe(keys)],
    ['a link to nothing', (keys: string) => symlink('nothing', keys)],
    ['a link to a directory', (keys: string) => symlink('..', keys)],
    ['a link to itself', (keys: string) => symlink('authorized_keys', keys)],
  ] as const)('replaces %s', async ([, plant], { owners }) => {
    await mkdir(dirname(owners.keys), { mode: 0o700 });
    await owners.give(dirname(owners.keys));
    await plant(owners.keys);
    await owners.give(owners.keys);
    reached(await owners.run(shell));
    await requireKeys(owners, both);
    expect(await readdir(owners.home)).toEqual(['.ssh']);
  });

  own("writes into no second name of root's file", async ({ owners, skip }) => {
    skip(!isRoot, 'this user could read the file himself');
    await mkdir(dirname(owners.keys), { mode: 0o700 });
    await owners.give(dirname(owners.keys));
    await link(owners.victim, owners.keys);
    reached(await owners.run(shell));
    await requireKeys(owners, both);
    await owners.requireUntouched();
  });

  own.for(['authorized_keys.new', 'authorized_keys.new/'])('is in no way of %s', async (name, { owners }) => {
    await mkdir(dirname(owners.keys), { mode: 0o700 });
    await owners.give(dirname(owners.keys));
    const path = join(dirname(owners.keys), name);
    if (name.endsWith('/')) await mkdir(path);
    else await symlink(owners.victim, path);
    const { exitCode, stderr } = await owners.run(shell);
    expect(exitCode, stderr).toBe(name.endsWith('/') ? 2 : 0);
    await owners.requireUntouched();
  });

  own.for([
    ['a link in place of .ssh', '.ssh is a link', (keys: string) => symlink('../elsewhere', dirname(keys))],
    [
      'a directory in place of authorized_keys',
      'is a directory',
      (keys: string) => mkdir(keys, { recursive: true }),
    ],
    ['a file in place of .ssh', '.ssh', (keys: string) => writeFile(dirname(keys), '')],
  ] as const)('gives up on %s, and says so', async ([, said, plant], { owners }) => {
    const elsewhere = owners.boot.at('home/elsewhere');
    await mkdir(elsewhere, { mode: 0o777 });
    await plant(owners.keys);
    await owners.give(join(owners.home, '.ssh'));
    const outcome = await owners.run(shell);
    gaveUp(outcome);
    expect(outcome.stderr).toMatch(/^user-data: cannot write the SSH keys of u /m);
    expect(outcome.stderr).toContain(said);
    expect(await readdir(elsewhere)).toEqual([]);
    expect(await readdir(owners.boot.root)).toEqual(['home']);
  });

  own('goes where the home is, also through a link of root’s', async ({ owners }) => {
    await rm(owners.home, { recursive: true });
    await mkdir(owners.boot.at('data'));
    await owners.give(owners.boot.at('data'));
    await symlink('../data', owners.home);
    reached(await owners.run(shell));
    await requireKeys(owners, both);
  });

  own('gives up where there is no home', async ({ owners, skip }) => {
    skip(!isRoot, 'this user may make his own');
    await rm(owners.home, { recursive: true });
    const outcome = await owners.run(shell);
    gaveUp(outcome);
    expect(outcome.stderr).toContain('home/u');
  });

  own('becomes the user by su where setpriv does not know how', async ({ owners, skip }) => {
    skip(!isRoot, 'only root becomes somebody else');
    await owners.boot.standIn('setpriv', 'echo no such option >&2; exit 1');
    const entry = `nobody:x:${owner.uid}:${owner.gid}::/home/u:/bin/sh`;
    await owners.boot.standIn('getent', `echo '${entry}'`);
    reached(await owners.run(shell));
    const { uid } = await stat(owners.keys);
    expect(uid).toBe(owner.uid);
  });
});

describe.concurrent.for(shellsForFew)('user-data in the identity directory, under $name', (shell) => {
  const at = (boot: FirstBoot) => boot.at('opt/nstance-agent/identity');

  test("replaces a link of the agent's, and writes as the agent", async ({ owners }) => {
    const identity = at(owners.boot);
    await mkdir(identity, { recursive: true });
    await symlink(owners.victim, join(identity, 'nonce.jwt'));
    await symlink(owners.victim, join(identity, 'nonce.jwt.new'));
    for (const path of [dirname(identity), identity, join(identity, 'nonce.jwt')]) await owners.give(path);
    reached(await owners.run(shell));
    await owners.requireUntouched();
    expect(await readFile(join(identity, 'nonce.jwt'), 'utf8')).toBe(`${nonce}\n`);
    const { uid, mode } = await lstat(join(identity, 'nonce.jwt'));
    expect([uid, mode & 0o777]).toEqual([owner.uid, 0o600]);
    expect(await readdir(identity)).toEqual(['nonce.jwt']);
  });

  test("writes nothing where a link of the agent's leads", async ({ owners, skip }) => {
    skip(!isRoot, 'there is no agent to be');
    const identity = at(owners.boot);
    const elsewhere = join(dirname(owners.victim), 'elsewhere');
    await mkdir(elsewhere, { mode: 0o755 });
    for (const parent of ["the agent's", "root's"]) {
      await mkdir(dirname(identity), { recursive: true });
      await symlink(elsewhere, identity);
      await owners.give(identity);
      if (parent === "the agent's") await owners.give(dirname(identity));
      const outcome = await owners.run(shell);
      gaveUp(outcome);
      expect(outcome.stderr).not.toContain(nonce);
      expect(await readdir(elsewhere)).toEqual([]);
      await rm(dirname(identity), { recursive: true });
    }
  });
});
