/**
 * The library's public surface, as the compiler sees it in dist/*.d.ts: each sub-path of package.json's `exports`, what it
 * exports, and what those declarations say.
 */
import { join } from 'node:path';
import ts from 'typescript';

export interface Exported {
  readonly name: string;
  /** Its declaration, without comments. */
  readonly text: string;
  /** The same with those of its members. */
  readonly explained: string;
  /** What its docstring says. */
  readonly doc: string;
  /** Something to call, or a value; else a type. */
  readonly isValue: boolean;
}

export interface Entry {
  /** As package.json has it: `.`, `./apt`. */
  readonly path: string;
  /** What the module says of itself. */
  readonly doc: string;
  readonly exports: readonly Exported[];
  /** Types that its declarations name, and that it does not export. */
  readonly unexported: readonly string[];
}

type Exports = Readonly<Record<string, { readonly types: string } | string>>;

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2024,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
};

/** `root`: of the package, which is built. */
export function readSurface(root: string, exports: Exports): readonly Entry[] {
  const files = Object.entries(exports).flatMap(([path, target]) =>
    typeof target === 'string' ? [] : [{ path, file: join(root, target.types) }],
  );
  const program = ts.createProgram(
    files.map(({ file }) => file),
    options,
  );
  const checker = program.getTypeChecker();
  return files.map(({ path, file }) => {
    const source = program.getSourceFile(file);
    const module = source && checker.getSymbolAtLocation(source);
    if (source === undefined || module === undefined)
      throw new Error(`${file} exports nothing: is it built?`);
    const symbols = checker.getExportsOfModule(module).map((symbol) => resolved(symbol, checker));
    const isOwn = (node: ts.Node) => node.getSourceFile().fileName.startsWith(join(root, 'dist'));
    const known = new Set(symbols);
    const named = symbols.flatMap((symbol) => typesNamed(symbol, checker));
    const unexported = named.filter(
      (one) => !known.has(one) && (one.declarations ?? []).some((node) => isOwn(node)),
    );
    return {
      path,
      doc: docOf(source),
      exports: symbols
        .map((symbol) => exportedOf(symbol, checker))
        .sort((one, other) => (one.name < other.name ? -1 : 1)),
      unexported: [...new Set(unexported.map(({ name }) => name))].sort(),
    };
  });
}

function resolved(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

/** By what is written in its declarations; of what is inferred from a schema, nothing is. */
function typesNamed(symbol: ts.Symbol, checker: ts.TypeChecker): readonly ts.Symbol[] {
  const found: ts.Symbol[] = [];
  const visit = (node: ts.Node): void => {
    const name = ts.isTypeReferenceNode(node)
      ? node.typeName
      : ts.isExpressionWithTypeArguments(node)
        ? node.expression
        : undefined;
    const named = name && checker.getSymbolAtLocation(name);
    if (named !== undefined) {
      const target = resolved(named, checker);
      if (!(target.flags & ts.SymbolFlags.TypeParameter)) found.push(target);
    }
    ts.forEachChild(node, visit);
  };
  symbol.declarations?.forEach(visit);
  return found;
}

function exportedOf(symbol: ts.Symbol, checker: ts.TypeChecker): Exported {
  const textBy = (printer: ts.Printer) =>
    (symbol.declarations ?? [])
      .map((node) => {
        const statement = statementOf(node);
        const text = () => printer.printNode(ts.EmitHint.Unspecified, statement, node.getSourceFile());
        return inferred(node, checker) ?? text();
      })
      .join('\n');
  const { Value, Class } = ts.SymbolFlags;
  return {
    name: symbol.name,
    text: textBy(ts.createPrinter({ removeComments: true })),
    // Its own docstring stands above it, as `doc`.
    explained: textBy(ts.createPrinter()).replace(/^(?:\/\*\*[^]*?\*\/\s*)(?=export )/, ''),
    doc: ts.displayPartsToString(symbol.getDocumentationComment(checker)),
    isValue: (symbol.flags & Value) !== 0 && (symbol.flags & Class) === 0,
  };
}

/** The comment that a file begins with. */
function docOf(source: ts.SourceFile): string {
  const [, text = ''] = /^\/\*\*([^]*?)\*\//.exec(source.text) ?? [];
  return text.replaceAll(/^\s*\*? ?/gm, '').trim();
}

/** `const` stands above its name. */
function statementOf(node: ts.Node): ts.Node {
  return ts.isVariableDeclaration(node) ? node.parent.parent : node;
}

/** A type that is made of a schema's, as what it comes to: the schema is not what a program sees. */
function inferred(node: ts.Node, checker: ts.TypeChecker): string | undefined {
  if (!ts.isTypeAliasDeclaration(node) || !/\bz\./.test(node.type.getText())) return undefined;
  const { NoTruncation, InTypeAlias, UseFullyQualifiedType } = ts.TypeFormatFlags;
  const type = checker.getTypeAtLocation(node.name);
  const text = checker.typeToString(type, undefined, NoTruncation | InTypeAlias | UseFullyQualifiedType);
  return `export type ${node.name.text} = ${text};`;
}
