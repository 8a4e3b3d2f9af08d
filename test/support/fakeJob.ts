/**
 * A job of the fake SageMaker, of whichever kind, and how it ends.
 * @module
 */
export interface FakeJob {
  name: string;
  stage: string;
  kind: 'training' | 'processing' | 'tuning';
  status: string;
  secondaryStatus?: string;
  failureReason?: string;
  createdAt: Date;
  endedAt?: Date;
  endsAt: number;
  request: object;
  describes: number;
}

export type Ending = { status: 'Completed' | 'Failed' | 'Stopped'; secondaryStatus?: string; failureReason?: string };
