import { expect } from 'chai';
import { resolve } from 'stave/resolver/resolve.js';
import { felixProblem } from '../bench/resolver-data.js';
import { faultsOf } from './support.js';

describe('resolver/resolve, the problem of 241 bundles that Felix is measured with', () => {
  const problem = felixProblem();
  const result = resolve(problem);

  it('is solved whole', () => {
    expect([...result.unresolved.keys()]).to.deep.equal([]);
    for (const root of problem.roots) expect(result.wires.has(root), root).to.equal(true);
  });

  it('is solved without a fault', () => {
    expect(faultsOf(problem.resources, result.wires)).to.deep.equal([]);
  });

  it('is solved alike with the resources turned around', () => {
    const turned = resolve({
      ...problem,
      resources: [...problem.resources].reverse(),
      roots: [...problem.roots].reverse(),
    });
    expect([...turned.wires]).to.deep.equal([...result.wires]);
  });
});
