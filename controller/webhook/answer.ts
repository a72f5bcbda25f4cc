import { type AdmissionOptions, admit } from '../../config/admission.ts'
import type { ConfigObjects } from '../../config/parse.ts'
import { type Reply, textReply } from '../../daemon/http.ts'
import type { Log } from '../../kube/log.ts'
import { formatReview, parseReview, type Review, ReviewError } from './review.ts'

interface Surroundings {
  /** What is stored now. */
  readonly read: () => ConfigObjects
  readonly options: AdmissionOptions
  readonly log: Pick<Log, 'info'>
}

/** What is asked on the path of `kind`, answered. Who refused what to whom is in the log. */
export function answerReview(body: string, kind: string, { read, options, log }: Surroundings): Reply {
  try {
    const review = parseReview(body, kind)
    const answer = admit(review.request, read(), options)
    if (!answer.allowed) log.info({ ...fieldsOf(review), error: answer.message }, 'refused an object')
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: formatReview(review.uid, answer),
    }
  } catch (error) {
    if (error instanceof ReviewError) return textReply(400, error.message)
    throw error
  }
}

function fieldsOf({ user, request }: Review) {
  const { operation, kind, namespace, object = request.oldObject } = request
  return { event: 'admissionRefused', operation, kind, namespace, name: object?.metadata?.name, user }
}
