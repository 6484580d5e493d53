import type { Row } from './context.ts';
import { clientRow } from './rows/client.ts';
import { copyRow } from './rows/copy.ts';
import { decodeRow } from './rows/decode.ts';
import { explainRow } from './rows/explain.ts';
import { planRow } from './rows/plan.ts';
import { reflinkRow } from './rows/reflink.ts';
import { servedRow } from './rows/served.ts';
import { startRow } from './rows/start.ts';

/** In the order of the table. */
export const ROWS: readonly Row[] = [
  copyRow, reflinkRow, clientRow, servedRow, decodeRow, explainRow, planRow, startRow,
];
