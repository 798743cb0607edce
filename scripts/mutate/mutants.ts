/**
 * Every mutant of a source file at once: each place that can be changed becomes a choice that is made while the tests
 * run, so that one compilation serves all of them (mutant schemata). `globalThis.mutant(n)` says whether the n-th is on.
 */
import ts from 'typescript';

export interface Mutant {
  readonly id: number;
  /** Relative to the project's root. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Where it begins, in UTF-16 code units. */
  readonly position: number;
  /** What stands there, and what stands there instead. */
  readonly original: string;
  readonly replacement: string;
  /** What it is in runs once, when the module is loaded: it takes a process of its own. */
  readonly isStatic: boolean;
}

interface Instrumented {
  readonly text: string;
  readonly mutants: readonly Mutant[];
}

/** Binary operators and what takes their place. `left` and `right` stand for the operand alone. */
const operators: Partial<Record<ts.SyntaxKind, readonly string[]>> = {
  [ts.SyntaxKind.EqualsEqualsEqualsToken]: ['!=='],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken]: ['==='],
  [ts.SyntaxKind.LessThanToken]: ['<=', '>='],
  [ts.SyntaxKind.LessThanEqualsToken]: ['<', '>'],
  [ts.SyntaxKind.GreaterThanToken]: ['>=', '<='],
  [ts.SyntaxKind.GreaterThanEqualsToken]: ['>', '<'],
  [ts.SyntaxKind.AmpersandAmpersandToken]: ['left', 'right'],
  [ts.SyntaxKind.BarBarToken]: ['left', 'right'],
  [ts.SyntaxKind.QuestionQuestionToken]: ['left', 'right'],
  [ts.SyntaxKind.MinusToken]: ['+'],
  [ts.SyntaxKind.AsteriskToken]: ['+'],
  [ts.SyntaxKind.SlashToken]: ['*'],
  [ts.SyntaxKind.AmpersandToken]: ['|'],
  [ts.SyntaxKind.BarToken]: ['&'],
};

/** Methods by name, and what is called instead; an empty one is left out, with its call. */
const calls: Readonly<Record<string, string>> = {
  ...{ some: 'every', every: 'some', startsWith: 'endsWith', endsWith: 'startsWith' },
  ...{ filter: '', trim: '', trimEnd: '', toLowerCase: '', toSorted: '', slice: '', subarray: '' },
};

/** Instruments `source`; ids begin at `firstId`. */
export function instrument(file: string, source: string, firstId: number): Instrumented {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const mutants: Mutant[] = [];
  const textOf = (node: ts.Node): string => source.slice(node.getStart(tree), node.end);

  function add(node: ts.Node, replacement: string): string {
    const id = firstId + mutants.length;
    const position = node.getStart(tree);
    const line = tree.getLineAndCharacterOfPosition(position).line + 1;
    const isStatic = !isWithinFunction(node);
    mutants.push({ id, file, line, position, original: textOf(node), replacement, isStatic });
    return `globalThis.mutant?.(${id})`;
  }

  /** The node's text, with the choices of what is in it. */
  function inner(node: ts.Node): string {
    let text = '';
    let position = node.getStart(tree);
    ts.forEachChild(node, (child) => {
      text += source.slice(position, child.getStart(tree)) + emit(child);
      position = child.end;
    });
    return text + source.slice(position, node.end);
  }

  function emit(node: ts.Node): string {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isExportDeclaration(node))
      return textOf(node);
    if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return textOf(node);
    if (isMessage(node)) return textOf(node);
    // In a block of its own: an `else` behind it belongs to the `if` before it.
    if (removable(node)) return `{ if (!${add(node, ';')}) { ${inner(node)} } }`;
    const replacements = isExpressionPlace(node) ? [...replacementsOf(node, textOf)] : [];
    const choices = replacements.map((replacement) => `${add(node, replacement)} ? (${replacement}) : `);
    return choices.length === 0 ? inner(node) : `(${choices.join('')}(${inner(node)}))`;
  }

  return { text: emit(tree) + '\n', mutants };
}

function* replacementsOf(node: ts.Node, textOf: (node: ts.Node) => string): Generator<string> {
  if (isCondition(node)) yield* ['true', 'false'];
  if (ts.isBinaryExpression(node)) {
    const [left, right] = [textOf(node.left), textOf(node.right)];
    for (const other of operators[node.operatorToken.kind] ?? []) {
      yield { left, right }[other] ?? `${left} ${other} ${right}`;
    }
  } else if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
    yield textOf(node.operand);
  } else if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    yield* otherCalls(node, node.expression, textOf);
  } else if (ts.isStringLiteral(node) && node.text !== '' && !node.text.includes(' ')) {
    yield "''";
  } else if (ts.isNumericLiteral(node)) {
    yield `${textOf(node)} + 1`;
  } else if (node.kind === ts.SyntaxKind.TrueKeyword) {
    yield 'false';
  } else if (node.kind === ts.SyntaxKind.FalseKeyword) {
    yield 'true';
  } else if (ts.isRegularExpressionLiteral(node)) {
    const text = textOf(node);
    if (text.startsWith('/^')) yield `/${text.slice(2)}`;
    if (/\$\/[a-z]*$/.test(text) && !/\\\$\/[a-z]*$/.test(text)) yield text.replace(/\$(\/[a-z]*)$/, '$1');
  }
}

function* otherCalls(
  call: ts.CallExpression,
  callee: ts.PropertyAccessExpression,
  textOf: (node: ts.Node) => string,
): Generator<string> {
  const name = callee.name.text;
  const other = Object.hasOwn(calls, name) ? calls[name] : undefined;
  if (other === undefined || callee.questionDotToken !== undefined) return;
  const object = textOf(callee.expression);
  yield other === '' ? object : `${object}.${other}(${call.arguments.map(textOf).join(', ')})`;
}

/** A statement that does something and gives nothing: a call, an assignment to a property, `throw`. */
function removable(node: ts.Node): boolean {
  if (ts.isThrowStatement(node)) return true;
  if (!ts.isExpressionStatement(node)) return false;
  const { expression } = node;
  // `super()` must stand.
  if (ts.isCallExpression(expression)) return expression.expression.kind !== ts.SyntaxKind.SuperKeyword;
  return ts.isAwaitExpression(expression);
}

function isCondition(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isIfStatement(parent)) return parent.expression === node;
  if (ts.isConditionalExpression(parent)) return parent.condition === node;
  return false;
}

/** Whether an expression can stand in place of this node: no name, key, module or type. */
function isExpressionPlace(node: ts.Node): boolean {
  const { parent } = node as { parent: ts.Node | undefined };
  if (parent === undefined) return false;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyDeclaration(parent) || ts.isParameter(parent)) return parent.initializer === node;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  if (ts.isLiteralTypeNode(parent) || ts.isComputedPropertyName(parent)) return false;
  if (ts.isMethodDeclaration(parent) || ts.isGetAccessorDeclaration(parent)) return false;
  if (ts.isPrefixUnaryExpression(parent) && parent.operator === ts.SyntaxKind.MinusToken) return false;
  return true;
}

/** What people are told: its words are no behaviour that a test has to hold. */
function isMessage(node: ts.Node): boolean {
  if (ts.isTemplateExpression(node) || ts.isNoSubstitutionTemplateLiteral(node))
    return isArgumentOfError(node);
  return ts.isStringLiteral(node) && node.text.includes(' ');
}

function isArgumentOfError(node: ts.Node): boolean {
  for (let at: ts.Node = node; !ts.isSourceFile(at) && !ts.isBlock(at); at = at.parent) {
    if (ts.isThrowStatement(at)) return true;
    if (ts.isNewExpression(at) && /Error$|Refusal$/.test(at.expression.getText())) return true;
  }
  return false;
}

function isWithinFunction(node: ts.Node): boolean {
  for (let at = node.parent; !ts.isSourceFile(at); at = at.parent) {
    if (ts.isFunctionLike(at)) return true;
  }
  return false;
}
