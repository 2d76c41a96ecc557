import { type Beside, type Figure, isReached } from './bench.js';

/** Three digits that count; millions as M. */
function shown(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const size = Math.abs(value);
  if (size >= 1e6) return `${(value / 1e6).toFixed(1)} M`;
  if (size >= 1000) return Math.round(value).toLocaleString('en');
  if (size >= 100) return value.toFixed(0);
  return value.toFixed(size >= 10 ? 1 : 2);
}

function goalText({ goal, unit }: Figure): string {
  if (!goal) return '';
  const text = 'below' in goal ? `< ${shown(goal.below)}` : `> ${shown(goal.above)}`;
  return unit === 'times' ? text : `${text} ${unit}`;
}

function besideText(beside: Beside, figure: Figure): string {
  if ('text' in beside) return `${beside.name}: ${beside.text}`;
  const factor = figure.value / beside.value;
  return `${beside.name}: ${shown(beside.value)} ${figure.unit} (this is ${shown(factor)}×)`;
}

/** A row's figures as lines of text. */
export function tableLines(title: string, figures: readonly Figure[]): readonly string[] {
  const lines = figures.map((figure) => {
    const reached = isReached(figure);
    const value = figure.unit === 'times' ? shown(figure.value) : `${shown(figure.value)} ${figure.unit}`;
    const verdict = reached === undefined ? '' : reached ? 'yes' : 'NO';
    const beside = (figure.beside ?? []).map((each) => besideText(each, figure)).join('; ');
    return `  ${figure.what.padEnd(52)} ${value.padStart(12)}  ${goalText(figure).padEnd(12)} ${verdict.padEnd(4)} ${figure.of.padEnd(16)} ${beside}`.trimEnd();
  });
  return [title, ...lines];
}
