import { type Claim, type JsonObject, type JsonValue, StaveError } from '@stave/api';
import { parseFeatureReference } from './feature-reference.js';

/**
 * Reads the list of boot features: names separated by commas or white space, parentheses make a stage.
 * Gives the stages in order, without empty ones. Throws `STAVE_BOOT_LIST_INVALID` for wrong parentheses.
 */
export function parseBootList(text: string): string[][] {
  const stages: string[][] = [];
  let stage: string[] = [];
  let inside = false;
  const endStage = (): void => {
    if (stage.length > 0) stages.push([...new Set(stage)]);
    stage = [];
  };
  for (const { 0: token, index } of text.matchAll(/[()]|[^\s,()]+/g)) {
    if (token === '(') {
      if (inside) throw invalid(text, index, 'a stage cannot lie inside a stage');
      endStage();
      inside = true;
    } else if (token === ')') {
      if (!inside) throw invalid(text, index, 'this parenthesis was never opened');
      endStage();
      inside = false;
    } else {
      stage.push(token);
    }
  }
  if (inside) throw invalid(text, text.lastIndexOf('('), 'this parenthesis is never closed');
  endStage();
  return stages;
}

function invalid(text: string, index: number, sentence: string): StaveError {
  return new StaveError('STAVE_BOOT_LIST_INVALID', `boot list, character ${index + 1}: ${sentence}`, {
    details: { text, index },
  });
}

/** A list is one string in a `.cfg` file, and may be an array in a `.cfg.json` file. */
function listText(properties: JsonObject, name: string): string {
  const value: JsonValue | undefined = properties[name];
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(',');
  throw new StaveError('STAVE_BOOT_LIST_INVALID', `"${name}" must be a text`, {
    details: { property: name },
  });
}

/**
 * What `etc/stave.features.cfg` asks for: `repositories` (URLs) and `boot` (features). A feature named in two stages counts
 * for the earlier one. Throws `STAVE_BOOT_LIST_INVALID`, or what parseFeatureReference throws.
 */
export function bootClaims(properties: JsonObject): Omit<Claim, 'owner'>[] {
  const urls = listText(properties, 'repositories')
    .split(/[\s,]+/)
    .filter((url) => url !== '');
  const stages = parseBootList(listText(properties, 'boot'));
  const stageOf = new Map<string, number>();
  for (const [stage, names] of stages.entries()) {
    for (const name of names) {
      parseFeatureReference(name);
      if (!stageOf.has(name)) stageOf.set(name, stage);
    }
  }
  return [
    ...[...new Set(urls)].map((key) => ({ type: 'repository', key, value: {}, stage: 0 })),
    ...[...stageOf].map(([key, stage]) => ({ type: 'feature', key, value: {}, stage })),
  ];
}
