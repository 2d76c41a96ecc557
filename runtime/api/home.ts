import { serviceToken } from './token.js';

/** Where the node lives; absolute paths. */
export interface Home {
  /** Name of the node, shown in the prompt. */
  readonly name: string;
  readonly root: string;
  readonly etc: string;
  readonly deploy: string;
  readonly data: string;
  /** The code as shipped; `stave:` locations are below it. */
  readonly installation: string;
}
export const Home = serviceToken<Home>('stave.Home', 1);
