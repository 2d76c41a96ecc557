/** The value below which the given part of the samples lies, such as 0.99. */
export function quantile(samples: readonly number[], part: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1);
  return sorted[Math.max(0, at)] ?? Number.NaN;
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

/** Calls each action in turn, so that all meet the same load of the machine. Gives the samples of each. */
export async function alternate<Name extends string>(
  runs: number,
  actions: Readonly<Record<Name, () => Promise<number>>>,
): Promise<Readonly<Record<Name, readonly number[]>>> {
  const entries = Object.entries(actions) as [Name, () => Promise<number>][];
  const samples = Object.fromEntries(entries.map(([name]) => [name, [] as number[]])) as Record<
    Name,
    number[]
  >;
  for (let run = 0; run < runs; run += 1) {
    for (const [name, action] of entries) samples[name].push(await action());
  }
  return samples;
}
