/** A logical line of a `.cfg` text: a property with the blank and comment lines above it. */
export interface LogicalLine {
  /** Blank and comment lines above, with their line ends. */
  readonly lead: string;
  /** The property's own physical lines, with their line ends. */
  readonly raw: string;
  /** Number of its first physical line, from 1. */
  readonly line: number;
  /** Continuations joined, leading blanks dropped; escapes untouched. */
  readonly content: string;
  /** Whether it ends in a continuation to which no line belongs; nothing may be put right behind it. */
  readonly dangling: boolean;
}

export interface LogicalLines {
  readonly lines: readonly LogicalLine[];
  /** Blank and comment lines behind the last property. */
  readonly tail: string;
}

interface PhysicalLine {
  readonly text: string;
  readonly end: string;
}

const LINE = /([^\r\n]*)(\r\n|\r|\n|$)/gy;

function physicalLines(text: string): PhysicalLine[] {
  const lines: PhysicalLine[] = [];
  LINE.lastIndex = 0;
  while (LINE.lastIndex < text.length) {
    const match = LINE.exec(text)!;
    lines.push({ text: match[1]!, end: match[2]! });
  }
  return lines;
}

function withoutLeadingBlanks(text: string): string {
  return text.replace(/^[ \t\f]+/, '');
}

function isContinued(text: string): boolean {
  let backslashes = 0;
  while (backslashes < text.length && text[text.length - 1 - backslashes] === '\\') backslashes += 1;
  return backslashes % 2 === 1;
}

/** Splits a text into logical lines exactly as `java.util.Properties` does. */
export function readLogicalLines(text: string): LogicalLines {
  const physical = physicalLines(text);
  const lines: LogicalLine[] = [];
  let lead = '';
  let at = 0;
  while (at < physical.length) {
    const first = at;
    let { text: own, end } = physical[at]!;
    at += 1;
    let part = withoutLeadingBlanks(own);
    if (part === '' || part.startsWith('#') || part.startsWith('!')) {
      lead += own + end;
      continue;
    }
    // A lone backslash joins nothing to nothing: what follows is read as a fresh line.
    if (part === '\\' && (at < physical.length || end === '\r\n')) {
      lead += own + end;
      continue;
    }
    let raw = own + end;
    let content = '';
    while (isContinued(part) && at < physical.length) {
      content += part.slice(0, -1);
      ({ text: own, end } = physical[at]!);
      at += 1;
      raw += own + end;
      part = withoutLeadingBlanks(own);
    }
    const dangling = isContinued(part);
    content += dangling ? part.slice(0, -1) : part;
    lines.push({ lead, raw, line: first + 1, content, dangling });
    lead = '';
  }
  return { lines, tail: lead };
}
