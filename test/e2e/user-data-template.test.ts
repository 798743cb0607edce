/** User-data that is filled in for each VM (`--template`): whatever is filled in, nothing of it is run, and what is used was judged. */
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { describe, expect, test as base } from 'vitest';
import { parseUserDataValues } from '../../src/render/user-data-values.ts';
import { loopbackCertificate } from '../support/fault-server.ts';
import { openFirstBoot, type FirstBoot } from '../support/first-boot.ts';
import { expectDone } from '../support/outcomes.ts';
import { inTurn, posixShells } from '../support/posix-shells.ts';
import { runProgram, type Outcome } from '../support/run-assay.ts';

const test = base.extend<{ boot: FirstBoot }>({
  boot: async ({}, use) => {
    const boot = await openFirstBoot();
    await use(boot);
    await boot.close();
  },
});

const sshKey = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA${'A'.repeat(43)}`;
const values = parseUserDataValues(
  JSON.stringify({
    hostname: '{{ .Instance.ID }}.example',
    sshUser: userInfo().username,
    sshAuthorizedKeys: ['{{.SSH.Key}}'],
    nonce: '{{ .Nonce }}',
    caCertificate: '{{ .Cluster.CACert }}',
    env: {
      ...{
        GREETING: '{{ .Greeting }}',
        BRACES: 'a {{"{{"}} .b }} {{ .Greeting }}',
        PLAIN: `$(touch injected) 'x'`,
      },
      NSTANCE_SERVER_AGENT_ADDR: '{{ .Server.AgentAddr }}',
    },
  }),
  'values.yaml',
  {},
  { isTemplate: true },
);

const good = {
  '.Instance.ID': 'node-1',
  '.SSH.Key': `${sshKey} me'$(touch injected)@example`,
  '.Nonce': 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl',
  '.Cluster.CACert': loopbackCertificate,
  '.Greeting': 'hello',
  '.Server.AgentAddr': '[fd00::1]:8444',
};

/** As Go's text/template does it: fields, and constants. */
function fillIn(template: string, fields: Readonly<Record<string, string>>): string {
  return template.replaceAll(
    /\{\{\s*(?:(\.[A-Za-z.]+)|"([^"]*)")\s*\}\}/g,
    (_, field: string | undefined, text = '') => {
      if (field === undefined) return text as string;
      const value = fields[field];
      if (value === undefined) throw new Error(`nothing to fill in for ${field}`);
      return value;
    },
  );
}

for (const isCompressed of [false, true]) {
  for (const shell of posixShells) {
    const { name, argv } = shell;
    describe.concurrent(`${isCompressed ? 'compressed ' : ''}user-data, filled in, under ${name}`, () => {
      const own = isCompressed ? test : inTurn(test, shell);
      let runs = 0;
      const runFilled = async (
        boot: FirstBoot,
        fields: object,
        spoil = (text: string) => text,
      ): Promise<Outcome> => {
        const template = boot.render(values, { isTemplate: true, isCompressed });
        const script = boot.at(`../filled-${(runs += 1)}.sh`);
        await writeFile(script, spoil(fillIn(template, { ...good, ...fields })));
        const [program, ...args] = argv;
        return runProgram(program, [...args, script], { env: boot.env, cwd: boot.at('..') });
      };
      const variables = async (boot: FirstBoot, ...names: readonly string[]) => {
        const file = boot.at('opt/podplane/etc/user-data.env');
        const print = `. "$1"; printf '%s\\0' ${names.map((one) => `"$${one}"`).join(' ')}`;
        const { stdout } = await runProgram('sh', ['-c', print, 'sh', file]);
        return stdout.split('\0').slice(0, -1);
      };

      own('does nothing where nobody filled it in, or it is not a file', async ({ boot, expect }) => {
        const template = boot.render(values, { isTemplate: true, isCompressed });
        const script = boot.at('../template.sh');
        await writeFile(script, template);
        const [program, ...args] = argv;
        const run = (...more: readonly string[]) =>
          runProgram(program, [...args, ...more], { env: boot.env });
        expect((await run(script)).exitCode).toBe(2);
        const piped = await run('-c', fillIn(template, good), 'nothing');
        expect(piped.exitCode, piped.stderr).toBe(2);
        expect(await readdir(boot.root)).toEqual([]);
      });

      // Compressed it is the same script, which is judged in the same way: once will do.
      if (isCompressed && argv[0] !== posixShells[0]!.argv[0]) return;

      own('boots with what was filled in, and does it once', async ({ boot, expect }) => {
        const greeting = `it's "me" $HOME \`x\` \\n\n\n  two é\n`;
        expectDone(await runFilled(boot, { '.Greeting': greeting }));
        expect((await boot.steps())[0]).toBe('hostname node-1.example');
        const identity = boot.at('opt/nstance-agent/identity');
        expect(await readFile(`${identity}/nonce.jwt`, 'utf8')).toBe(`${good['.Nonce']}\n`);
        expect(await readFile(`${identity}/ca.crt`, 'utf8')).toBe(loopbackCertificate);
        const { homedir } = userInfo();
        expect(await readFile(boot.at(`${homedir}/.ssh/authorized_keys`), 'utf8')).toBe(
          `${good['.SSH.Key']}\n`,
        );
        const names = ['INSTANCE_ID', 'GREETING', 'BRACES', 'PLAIN', 'NSTANCE_SERVER_AGENT_ADDR'];
        expect(await variables(boot, ...names, 'IMMUTABLE_SSH_AUTHORIZED_KEYS')).toEqual([
          ...[
            'node-1.example',
            greeting,
            `a {{ .b }} ${greeting}`,
            `$(touch injected) 'x'`,
            '[fd00::1]:8444',
          ],
          good['.SSH.Key'],
        ]);
        const again = expectDone(await runFilled(boot, { '.Greeting': greeting }));
        expect(again.stderr).toContain('nothing to do');
        expectDone(await runFilled(boot, { '.Instance.ID': 'node-2' }));
        expect((await boot.steps()).at(-3)).toBe('hostname node-2.example');
      });

      if (isCompressed) return;

      /** What ends a word, a here-document, a line or a file to somebody. */
      const hostile = [
        `'; touch injected; '`,
        '$(touch injected)',
        '`touch injected`',
        'x\nASSAY_VALUES\ntouch injected\n',
        "x\n: <<'ASSAY_VALUES'\n",
        'x\nEOF\ntouch injected',
        ...[
          '"; touch injected; "',
          "'\n'",
          '-n',
          '\\',
          '\r',
          '\x01',
          '{{ .Left.Over }}',
          '; exit 0',
          ' ',
          '~',
          '../x',
        ],
      ];
      const places = ['.Instance.ID', '.SSH.Key', '.Nonce', '.Cluster.CACert', '.Server.AgentAddr'];

      own('refuses what is no value of its place, and has done nothing then', async ({ boot, expect }) => {
        const pairs = hostile.map((text, index) => [places[index % places.length]!, text] as const);
        const more = [
          ...[
            ['.Nonce', ''],
            ['.Instance.ID', 'A'],
            ['.Instance.ID', 'a'.repeat(65)],
            ['.Cluster.CACert', ''],
          ],
          ...[
            [
              '.Cluster.CACert',
              `${loopbackCertificate}-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n`,
            ],
          ],
          ...[
            ['.SSH.Key', `command="touch injected" ${sshKey}`],
            ['.SSH.Key', `${sshKey}\ntouch injected`],
          ],
          ...[
            ['.Server.AgentAddr', 'agent.example'],
            ['.Greeting', 'a\x1bb'],
            ['.Greeting', '<no value>'],
          ],
        ] as [string, string][];
        for (const [field, text] of [...pairs, ...more]) {
          const { exitCode, stderr } = await runFilled(boot, { [field]: text });
          expect({ field, text, exitCode }, stderr).toEqual({ field, text, exitCode: 2 });
          expect(stderr).toMatch(
            /^user-data: \S+, as it was filled in, is not what it must be: nothing was done\n$/,
          );
        }
        expect(await readdir(boot.root)).toEqual([]);
        expect(await readdir(boot.at('..'))).not.toContain('injected');
        expect(await boot.steps()).toEqual([]);
      });

      const forged = `\n=ASSAY_VALUES env.GREETING`;
      own.for<[string, object, ((text: string) => string)?]>([
        ['ends its own value', { '.Greeting': `x${forged}\ny` }],
        ['ends another one', { '.Instance.ID': 'node-1\n=ASSAY_VALUES hostname\nevil' }],
        [
          'brings all of the others along',
          {},
          (text) => text.replace('node-1.example', () => `evil${tailOf(text)}`),
        ],
        ['has NUL', { '.Greeting': 'a\0b' }],
        ['is cut', {}, (text) => text.slice(0, -20)],
        ['has lost its values', {}, (text) => text.replace(/# Filled in[^]*/, '')],
        ['has something below', {}, (text) => `${text}touch injected\n`],
      ])('does nothing where a value or the script %s', async ([, fields, spoil], { boot, expect }) => {
        const { exitCode, stderr } = await runFilled(boot, fields, spoil);
        expect(exitCode, stderr).toBe(2);
        expect(stderr).toMatch(/^user-data: the values are not in their form: /);
        expect(await readdir(boot.root)).toEqual([]);
        expect(await readdir(boot.at('..'))).not.toContain('injected');
      });
    });
  }
}

/** All lines from the first value on, as the next script has them. */
function tailOf(text: string): string {
  return text.slice(text.indexOf('\n=ASSAY_VALUES hostname'));
}

test('has no braces but the fields', ({ boot }) => {
  const template = boot.render(values, { isTemplate: true });
  expect(template.slice(0, template.indexOf('# Filled in for each VM'))).not.toContain('{{');
});
