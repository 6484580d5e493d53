import type { ManagementRequest } from '../iscsi/target-output.ts';
import type { ItNexus } from '../sam/command.ts';
import type { LogicalUnit, LogicalUnits } from '../sam/logical-unit.ts';
import { TASK_FUNCTION, TASK_RESPONSE } from '../wire/iscsi/task-management.ts';
import type { Session, Sessions } from './portal-sessions.ts';

/** Where task management functions work. */
export interface ManagedTarget {
  readonly units: LogicalUnits;
  readonly sessions: Sessions;
  readonly seesAll: (nexus: ItNexus) => boolean;
}

/** Carries a task management function out, and returns its response. Source: SAM-5 7. */
export async function manage(
  request: ManagementRequest, nexus: ItNexus, target: ManagedTarget): Promise<number> {
  const reachable = target.units.reachable(nexus);
  switch (request.function) {
    case TASK_FUNCTION.targetWarmReset:
    case TASK_FUNCTION.targetColdReset:
      if (!target.seesAll(nexus)) return TASK_RESPONSE.authorizationFailed;
      for (const unit of reachable.values()) await reset(unit, target);
      return TASK_RESPONSE.complete;
    case TASK_FUNCTION.taskReassign:
      return TASK_RESPONSE.reassignmentNotSupported;
    default:
  }
  const { lun } = request;
  const unit = lun === undefined ? undefined : reachable.get(lun);
  if (unit === undefined) {
    return request.function <= TASK_FUNCTION.logicalUnitReset
      ? TASK_RESPONSE.lunDoesNotExist : TASK_RESPONSE.functionNotSupported;
  }
  switch (request.function) {
    case TASK_FUNCTION.abortTask:
      return request.droppedCount > 0 || await unit.tasks.abort(nexus, request.referencedTag)
        ? TASK_RESPONSE.complete : TASK_RESPONSE.taskDoesNotExist;
    case TASK_FUNCTION.abortTaskSet:
      await unit.tasks.abortAll(nexus);
      return TASK_RESPONSE.complete;
    case TASK_FUNCTION.clearTaskSet:
      await clearTaskSet(unit, nexus, target);
      return TASK_RESPONSE.complete;
    case TASK_FUNCTION.logicalUnitReset:
      await reset(unit, target);
      return TASK_RESPONSE.complete;
    default:
      return TASK_RESPONSE.functionNotSupported;
  }
}

/** Other nexuses that lose tasks are told. Source: SAM-5 7.5. */
async function clearTaskSet(
  unit: LogicalUnit, nexus: ItNexus, target: ManagedTarget): Promise<void> {
  for (const session of target.sessions.all) {
    const isOther = session !== target.sessions.find(nexus);
    const hadTasks = unit.tasks.hasTasksOf(session.nexus);
    const droppedCount = dropTasks(session, unit, target);
    if (isOther && (hadTasks || droppedCount > 0)) {
      unit.attentions.establishFor(session.nexus, 'commandsClearedByAnotherInitiator');
    }
  }
  await unit.tasks.abortAll();
}

/** The unit itself tells every nexus, the one that asked for it as well. Source: SAM-5 6.3.3. */
async function reset(unit: LogicalUnit, target: ManagedTarget): Promise<void> {
  for (const session of target.sessions.all) dropTasks(session, unit, target);
  await unit.tasks.reset();
  unit.reset();
}

/** Each session has the unit at a LUN of its own, or not at all. Returns how many tasks it had. */
function dropTasks(session: Session, unit: LogicalUnit, { units }: ManagedTarget): number {
  for (const [lun, one] of units.reachable(session.nexus)) {
    if (one === unit) return session.dropTasks(lun);
  }
  return 0;
}
