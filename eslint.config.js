/**
 * Lint rules: what the compiler cannot say about this code. Typed rules of typescript-eslint at their
 * strictest, and the rules of the design: a verifier has no clock, no I/O and no environment, only
 * src/verify makes what counts as verified, and no decision is taken on an error's text.
 */
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const always = [
  { selector: 'TSTypeAssertion', message: 'Write `as`, so that casts have one spelling to look for.' },
];

const noMessageMatching = [
  'CallExpression[callee.object.property.name="message"][callee.property.name=/^(includes|indexOf|match|matchAll|search|startsWith|endsWith)$/]',
  'CallExpression[callee.property.name=/^(test|exec)$/] > MemberExpression.arguments[property.name="message"]',
  'BinaryExpression[operator=/^[!=]==?$/] > MemberExpression[property.name="message"]',
  'SwitchStatement > MemberExpression.discriminant[property.name="message"]',
].map((selector) => ({
  selector,
  message: 'Decide by class and code: messages are for people and may change.',
}));

const noRawOutput = [
  {
    selector: 'MemberExpression[property.name="writeRaw"]',
    message:
      'Only for what was signed, and for scripts: lines() and document() make harmless what others wrote.',
  },
];

const noAmbientState = [
  {
    selector: 'NewExpression[callee.name="Date"][arguments.length=0], CallExpression[callee.name="Date"]',
    message: 'The time to judge by is an argument (`now`).',
  },
];

const clocksAndDice = [
  { object: 'Date', property: 'now', message: 'The time to judge by is an argument (`now`).' },
  { object: 'performance', property: 'now', message: 'Pure code reads no clock.' },
  { object: 'Math', property: 'random', message: 'Pure code throws no dice.' },
];

const globalProcess = ['process', 'Deno', 'Bun'].map((property) => ({ object: 'globalThis', property }));
const importedProcess = { regex: '^(node:)?process$', message: 'Only src/cli.ts knows the process.' };
const builtinsByPrefix = {
  regex: '^(fs|path|os|http|https|net|tls|crypto|zlib|stream|child_process|util|url|events|buffer)(/|$)',
  message: 'Name built-ins with the node: prefix.',
};

export default defineConfig(
  { ignores: ['dist/', '.toolchain/', '.cache/', 'test/fixtures/', 'test/corpus/*/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'no-restricted-exports': [
        'error',
        {
          restrictDefaultExports: {
            direct: true,
            named: true,
            defaultFrom: true,
            namedFrom: true,
            namespaceFrom: true,
          },
        },
      ],
      'no-restricted-syntax': ['error', ...always],
      'max-lines': ['warn', 250],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { requireDefaultForNonUnion: true, considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      // Counts and sizes stand in messages everywhere, and print the same way however they are converted.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `() => sink.restart()` says what is meant; nothing looks at the value.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'no-console': 'error',
      'no-restricted-globals': [
        'error',
        'process',
        { name: 'fetch', message: 'Only undici, through the Fetcher port.' },
      ],
      'no-restricted-properties': ['error', ...globalProcess],
      'no-restricted-imports': ['error', { patterns: [importedProcess, builtinsByPrefix] }],
      'no-restricted-syntax': ['error', ...always, ...noMessageMatching],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
    },
  },
  {
    files: ['src/{model,formats,verify,sources,pipeline,render}/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        'process',
        'fetch',
        'performance',
        'setTimeout',
        'setInterval',
        'setImmediate',
      ],
      'no-restricted-properties': ['error', ...globalProcess, ...clocksAndDice],
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            importedProcess,
            builtinsByPrefix,
            {
              regex: '^node:(?!(buffer|crypto|stream/web|util|zlib)$)',
              message: 'Pure code does no I/O: take a port of src/model/ports.ts.',
            },
          ],
        },
      ],
      'no-restricted-syntax': ['error', ...always, ...noMessageMatching, ...noAmbientState],
    },
  },
  {
    files: ['src/commands/**/*.ts'],
    ignores: ['src/commands/{shared/output,shared/rendering,run-command-line,verify-release}.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...always, ...noMessageMatching, ...noRawOutput],
    },
  },
  {
    files: ['src/**/*.ts', 'scripts/**/*.ts'],
    ignores: ['src/verify/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '/minted\\.ts$',
              importNames: ['mint'],
              message: 'Only src/verify makes what counts as verified.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['src/index.ts', 'src/library/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'Program > :not(ExportNamedDeclaration[source], ExportAllDeclaration)',
          message: 'The library’s surface is re-exports only.',
        },
      ],
    },
  },
  {
    files: ['src/cli.ts'],
    rules: {
      'no-restricted-globals': ['error', 'fetch'],
      'no-restricted-imports': ['error', { patterns: [builtinsByPrefix] }],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // A value that is missing fails the test, which is what a test is for.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Hostile packets hold what openpgp's types rule out.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      // A table of cases is as long as it is.
      'max-lines': 'off',
    },
  },
  {
    files: ['test/support/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...always,
        {
          selector:
            'Program > ExpressionStatement > CallExpression[callee.name=/^(?:before|after)(?:All|Each)$/]',
          message: 'Test files share a process, and what they import: this would be of the first one alone.',
        },
      ],
    },
  },
  {
    files: ['*.config.ts'],
    rules: { 'no-restricted-exports': 'off' },
  },
);
