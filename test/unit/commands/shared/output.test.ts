/** What a command can print, and what becomes of what others wrote in it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { traitsOf } from '../../../../src/io/terminal-traits.ts';
import type { HostProcess } from '../../../../src/commands/shared/host.ts';
import { outputOf } from '../../../../src/commands/shared/output.ts';
import { VerificationError } from '../../../../src/model/errors.ts';

function output(env: Record<string, string> = {}, hasFlag: (flag: string) => boolean = () => true) {
  let written = '';
  const stdout = {
    write: (data: string | Uint8Array) => Promise.resolve(void (written += data.toString())),
    failure: () => undefined,
  };
  const process = { stdout, env, outputTraits: () => traitsOf({}, {}) } as unknown as HostProcess;
  return { ...outputOf(process, hasFlag), written: () => written };
}

const anyText = fc.string({ unit: 'binary', maxLength: 100 });
const inActions = { GITHUB_ACTIONS: 'true' };

describe('lines', () => {
  it('are one line each, whatever is in them', async () => {
    const out = output();
    await out.lines(['link: expected a\u001b[31m\nverified: true', '\u202e::add-mask::a']);
    expect(out.written()).toBe('link: expected a\\x1b[31m\\x0averified: true\n\\u202e::add-mask::a\n');
  });

  it('hold no workflow command in GitHub Actions', async () => {
    const out = output(inActions);
    await out.lines(['  ::add-mask::a', 'name: ##[add-mask]a']);
    expect(out.written()).toBe('  \\x3a\\x3aadd-mask\\x3a\\x3aa\nname: \\x23\\x23[add-mask]a\n');
  });

  it('hold nothing that acts on a terminal', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyText), async (lines) => {
        const out = output();
        await out.lines(lines);
        expect(out.written().split('\n')).toHaveLength(lines.length + 1);
        expect(out.written()).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});

describe('a document', () => {
  it('has errors as data, and of a hint what the command has the flags for', async () => {
    const out = output({}, (flag) => flag === '--dir');
    const hint = 'Run it elsewhere. Or name it with --trust-dir. Give --dir.';
    const error = new VerificationError('FILE_MISSING', 'gone', { hint });
    await out.document('verify-staged', {
      ...{ verified: false, directory: '/', files: [{ name: 'a', status: 'missing', error }] },
      // What is more is printed as well.
      ...{ at: new Date(0) },
    });
    expect(JSON.parse(out.written())).toMatchObject({
      schema: 'assay/verify-staged/v1',
      files: [
        {
          error: {
            code: 'FILE_MISSING',
            message: 'gone',
            hint: 'Run it elsewhere. Give --dir.',
            exitCode: 5,
          },
        },
      ],
      at: '1970-01-01T00:00:00.000Z',
    });
  });

  it.each([[{}], [inActions]])('says what it was given, and nothing in it acts (%j)', async (env) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(anyText, fc.constant('##[add-mask]::add-mask::'))),
        async (values) => {
          const out = output(env);
          const document = { anchors: [], changed: values, written: [], expiring: [] };
          await out.document('update-trust', document);
          expect(JSON.parse(out.written())).toEqual({ schema: 'assay/update-trust/v1', ...document });
          expect(out.written()).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}\p{Zl}\p{Zp}]/u);
          if ('GITHUB_ACTIONS' in env) expect(out.written()).not.toMatch(/##\[|::add-mask/);
        },
      ),
    );
  });
});

describe('JSON text', () => {
  it.each([[{}], [inActions]])('has the values that it had, and nothing in it acts (%j)', async (env) => {
    const values = [{ a: '##[error]pwn \u202e\u200b\u0085' }, { b: '::add-mask::x' }];
    const out = output(env);
    await out.json(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
    const lines = out.written().split('\n');
    expect(lines.slice(0, -1).map((line) => JSON.parse(line) as unknown)).toEqual(values);
    expect(out.written()).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(/##\[|::add-mask/.test(out.written())).toBe(env !== inActions);
  });
});

describe('raw output', () => {
  it('is what it is: what was signed, or a script', async () => {
    const out = output(inActions);
    await out.writeRaw('::a\u001b\n');
    await out.writeRaw(Buffer.from('b'));
    expect(out.written()).toBe('::a\u001b\nb');
  });
});
