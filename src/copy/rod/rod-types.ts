import { ROD_TYPE } from '../../wire/copy/tokens.ts';

/** What this copy manager does with a type of ROD, as VPD page 8Fh tells it. */
export interface RodTypeSupport {
  readonly type: number;
  /** Segments BEh and BFh can populate it. */
  readonly ecpyInt: boolean;
  /** Tokens of the type are accepted; are made. */
  readonly tokenIn: boolean;
  readonly tokenOut: boolean;
  /** Larger is preferred; all together are FFFFh. */
  readonly preference: number;
}

const kept = { ecpyInt: true, tokenIn: true, tokenOut: true };

/**
 * The types, ascending. `pointInTimeAny` becomes a persistent one, and its tokens say so.
 *
 * Source: SPC-4 5.17.6.2, 7.8.17.10.
 */
export const ROD_TYPE_SUPPORT: readonly RodTypeSupport[] = [
  { ...kept, type: ROD_TYPE.accessUponReference, preference: 0x0fff },
  { ...kept, type: ROD_TYPE.pointInTimeDefault, preference: 0x4000 },
  { ...kept, type: ROD_TYPE.pointInTimeChangeVulnerable, preference: 0x1000 },
  { ...kept, type: ROD_TYPE.pointInTimePersistent, preference: 0x8000 },
  { ...kept, type: ROD_TYPE.pointInTimeAny, tokenIn: false, preference: 0x2000 },
  { type: ROD_TYPE.blockDeviceZero, ecpyInt: false, tokenIn: true, tokenOut: false,
    preference: 0 },
];

const supportOf = (type: number): RodTypeSupport | undefined =>
  ROD_TYPE_SUPPORT.find((one) => one.type === type);

export const isInternal = (type: number): boolean => supportOf(type)?.ecpyInt ?? false;
export const isTokenIn = (type: number): boolean => supportOf(type)?.tokenIn ?? false;
export const isTokenOut = (type: number): boolean => supportOf(type)?.tokenOut ?? false;

/** Data as it was at one moment; the codes are in a row. */
export const isPointInTime = (type: number): boolean =>
  type >= ROD_TYPE.pointInTimeDefault && type <= ROD_TYPE.pointInTimeAny;

/** What a ROD of the type is, and its tokens say. */
export const realType = (type: number): number =>
  (type === ROD_TYPE.pointInTimeAny ? ROD_TYPE.pointInTimePersistent : type);
