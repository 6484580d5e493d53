import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type ModelSegment, SEGMENT_TYPES } from '../model/segments.ts';
import { modelOf, type Scenario, scenarios } from './scenario.ts';

const SAMPLE_COUNT = 3000;

const typeName = ({ type }: Pick<ModelSegment, 'type'>): string => `type ${type.toString(16)}`;

/** What is to be seen in a case, by name. */
function seenIn(scenario: Scenario): Set<string> {
  const model = modelOf(scenario);
  const { end, segmentsProcessed, state } = model;
  const seen = new Set(state.rowsMet);
  for (const segment of scenario.segments.slice(0, segmentsProcessed - 1)) {
    seen.add(typeName(segment));
  }
  const last = scenario.segments[segmentsProcessed - 1]!; // at least one is processed
  if (end === undefined) seen.add('good').add(typeName(last));
  else {
    seen.add(end.additional);
    if (end.information !== undefined) seen.add('a residual');
    if (end.answer !== undefined) seen.add(JSON.stringify(
      end.answer.conflict ? 'conflict' : [end.side, end.answer.key, end.answer.additional]));
  }
  if (model.isLeftOver) seen.add('left over');
  if (state.held.all.length > 0) seen.add('held');
  if (state.held.all.length > state.held.limitBytes) seen.add('held in part');
  if (segmentsProcessed > 5) seen.add('a long chain');
  return seen;
}

/** In at least so many of a hundred cases. */
const EXPECTED: readonly (readonly [number, readonly string[]])[] = [
  [1, SEGMENT_TYPES.map((type) => typeName({ type }))],
  [1, [
    'source 000', 'source 010', 'source 100', 'source 110', 'source 001', 'source 011',
    'source 101', 'source 111', 'destination 000', 'destination 010', 'destination 100',
    'destination 110', 'destination 001', 'destination 011', 'destination 101', 'destination 111',
  ]],
  [0.3, [
    'destination 000 designated', 'destination 010 designated', 'destination 100 designated',
    'destination 110 designated',
  ]],
  [1, [
    'good', 'a residual', 'left over', 'held', 'held in part', 'a long chain',
    'unexpectedInexactSegment', 'thirdPartyDeviceFailure', 'copyTargetDeviceNotReachable',
    'invalidOperationForCopy', 'invalidFieldInParameterList', 'unreachableCopyTarget',
    'noAdditionalSense', '"conflict"',
    '["source","blankCheck","endOfDataDetected"]', '["source","noSense","filemarkDetected"]',
    '["source","noSense","noAdditionalSense"]', '["source","illegalRequest","lbaOutOfRange"]',
  ]],
  [0.15, [
    'incorrectCopyTargetDeviceType', 'inlineDataLengthExceeded', 'copyTargetDeviceDataOverrun',
    'copyTargetDeviceDataUnderrun', '["destination","dataProtect","writeProtected"]',
    '["destination","volumeOverflow","endOfPartitionDetected"]',
    '["destination","noSense","endOfPartitionDetected"]',
    '["destination","illegalRequest","lbaOutOfRange"]',
  ]],
];

it('comes to every type, every row of the PAD and CAT table and every end often enough', () => {
  const counts = new Map<string, number>();
  for (const scenario of fc.sample(scenarios, { numRuns: SAMPLE_COUNT, seed: 20_260_103 })) {
    for (const name of seenIn(scenario)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const tooRare = EXPECTED.flatMap(([percent, names]) => names
    .map((name) => [name, 100 * (counts.get(name) ?? 0) / SAMPLE_COUNT] as const)
    .filter(([, found]) => found < percent));
  expect(tooRare).toEqual([]);
});
