/** Rows that expose a consultation or a recording to a person. */
const EXPOSURES = `"viewerId" IS NOT NULL AND "patientId" IS NOT NULL
      AND ("kind" IN ('shown', 'opened') OR ("kind" = 'played' AND "bytesServed" > 0))`;

/**
 * Exposures, and whether their viewer took part in the consultation when it happened (`entitled`): the patient, the booked clinician, people
 * invited by one who may invite and not removed before, and the patient under the id that theirs is merged into. A service that lists a
 * patient's consultations may list anyone's. A view that was watched elsewhere is looked at as of the time it is said to have happened, as
 * it was judged.
 *
 * @param where which rows of the history
 * @param asOf the bound position
 * @returns common table expressions, the last of them `exposed`
 */
export const exposedWhere = (where: string, asOf: string): string => `
  seen AS (
    SELECT * FROM history WHERE ${where} AND ${EXPOSURES}
  ),
  booked AS (
    SELECT "patientId", "consultationId", min("position") AS "position", min("at") AS "at",
      arg_min("personId", "position") AS "clinicianId"
    FROM participation WHERE "capacity" = 'clinician' AND "position" <= ${asOf} GROUP BY "patientId", "consultationId"
  ),
  selves AS (
    SELECT "patientId", "personId", "position", "capacity" = 'merged' AS "holds",
      "at" || '|' || lpad("position"::VARCHAR, 20, '0') AS "moment"
    FROM participation WHERE "capacity" IN ('merged', 'unmerged') AND "position" <= ${asOf}
  ),
  guests AS (
    SELECT p."patientId", p."consultationId", p."personId", p."position", p."capacity" <> 'none' AS "takesPart",
      p."at" || '|' || lpad(p."position"::VARCHAR, 20, '0') AS "moment"
    FROM participation p JOIN booked b USING ("patientId", "consultationId")
    ASOF LEFT JOIN selves h ON p."patientId" = h."patientId" AND p."hostId" = h."personId" AND p."position" > h."position"
    WHERE p."capacity" NOT IN ('patient', 'clinician') AND p."position" > b."position" AND p."position" <= ${asOf}
      AND (p."hostId" IS NULL OR p."hostId" = b."clinicianId" OR coalesce(h."holds", false))
  ),
  exposed AS (
    SELECT s.*, coalesce(
      s."viewerId" = s."patientId"
      OR (s."kind" = 'shown' AND contains(coalesce(s."viewerRoles", ''), '"service"'))
      OR (
        CASE WHEN s."occurredAt" IS NULL THEN b."position" < s."position" ELSE b."at" <= s."occurredAt" END
        AND (
          s."viewerId" = b."clinicianId"
          OR coalesce(CASE WHEN s."occurredAt" IS NULL THEN g."takesPart" ELSE t."takesPart" END, false)
          OR coalesce(CASE WHEN s."occurredAt" IS NULL THEN m."holds" ELSE w."holds" END, false)
        )
      ), false) AS "entitled"
    FROM seen s
    LEFT JOIN booked b ON s."patientId" = b."patientId" AND s."consultationId" = b."consultationId"
    ASOF LEFT JOIN guests g ON s."patientId" = g."patientId" AND s."consultationId" = g."consultationId"
      AND s."viewerId" = g."personId" AND s."position" > g."position"
    ASOF LEFT JOIN guests t ON s."patientId" = t."patientId" AND s."consultationId" = t."consultationId"
      AND s."viewerId" = t."personId" AND s."occurredAt" || '|~' > t."moment"
    ASOF LEFT JOIN selves m ON s."patientId" = m."patientId" AND s."viewerId" = m."personId"
      AND s."position" > m."position"
    ASOF LEFT JOIN selves w ON s."patientId" = w."patientId" AND s."viewerId" = w."personId"
      AND s."occurredAt" || '|~' > w."moment"
  )`;
