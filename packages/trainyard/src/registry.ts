/**
 * The model registry: model package groups and their versions, with the approval that decides whether one may be deployed.
 * Packages without a group (AWS calls them unversioned; they are for the Marketplace) are refused.
 * @module
 */
import { arnOf, seconds, type Context, type Operations } from './context.js';
import { invalid } from './errors.js';
import { pageOf, type ListInput } from './list.js';
import { dropTags, putTags, type Tag } from './tags.js';

type ApprovalStatus = 'Approved' | 'Rejected' | 'PendingManualApproval';

interface GroupRecord {
  ModelPackageGroupName: string;
  ModelPackageGroupArn: string;
  ModelPackageGroupDescription?: string;
  CreationTime: number;
  /** A version's number is never given a second time, deleted or not. */
  lastVersion: number;
}

interface PackageRecord {
  ModelPackageGroupName: string;
  ModelPackageArn: string;
  ModelPackageVersion: number;
  ModelApprovalStatus: ApprovalStatus;
  ApprovalDescription?: string;
  CustomerMetadataProperties?: Record<string, string>;
  CreationTime: number;
  LastModifiedTime: number;
  LastModifiedBy: object;
  ClientToken?: string;
}

interface CreatePackage {
  ModelPackageName?: string;
  ModelPackageGroupName?: string;
  ModelApprovalStatus?: ApprovalStatus;
  CustomerMetadataProperties?: Record<string, string>;
  CertifyForMarketplace?: boolean;
  ClientToken?: string;
  Tags?: Tag[];
}

interface UpdatePackage {
  ModelPackageArn: string;
  ModelApprovalStatus?: ApprovalStatus;
  ApprovalDescription?: string;
  CustomerMetadataProperties?: Record<string, string>;
  CustomerMetadataPropertiesToRemove?: string[];
  ClientToken?: string;
}

const GROUP = 'model-package-group';
const PACKAGE = 'model-package';

export const registryOperations: Operations = {
  CreateModelPackageGroup({ Tags, ...group }: { ModelPackageGroupName: string; Tags?: Tag[] }, context) {
    const { ModelPackageGroupName } = group;
    const ModelPackageGroupArn = arnOf(context, GROUP, ModelPackageGroupName);
    if (context.store.get(GROUP, ModelPackageGroupName))
      throw invalid(`Model Package Group already exists: ${ModelPackageGroupArn}`);
    putTags(context, ModelPackageGroupArn, Tags);
    const CreationTime = seconds(context.now());
    const record: GroupRecord = { ...group, ModelPackageGroupArn, CreationTime, lastVersion: 0 };
    context.store.put(GROUP, ModelPackageGroupName, record);
    return { ModelPackageGroupArn };
  },

  DescribeModelPackageGroup({ ModelPackageGroupName }: { ModelPackageGroupName: string }, context) {
    const { lastVersion: _, ...group } = groupOf(context, ModelPackageGroupName);
    return { ...group, CreatedBy: caller(context), ModelPackageGroupStatus: 'Completed' };
  },

  ListModelPackageGroups(input: ListInput, context) {
    const view = ({ ModelPackageGroupName, CreationTime }: GroupRecord) => ({
      name: ModelPackageGroupName,
      createdAt: CreationTime,
      modifiedAt: CreationTime,
    });
    const { page, NextToken } = pageOf(context.store.list<GroupRecord>(GROUP), view, input);
    const ModelPackageGroupSummaryList = page.map(({ lastVersion: _, ...group }) => ({
      ...group,
      ModelPackageGroupStatus: 'Completed',
    }));
    return { ModelPackageGroupSummaryList, NextToken };
  },

  DeleteModelPackageGroup({ ModelPackageGroupName }: { ModelPackageGroupName: string }, context) {
    const { ModelPackageGroupArn, ModelPackageGroupName: name } = groupOf(context, ModelPackageGroupName);
    if (versionsOf(context, name).length > 0)
      throw invalid(
        `Model Package Group cannot be deleted because it contains Model Packages: ${ModelPackageGroupArn}`,
      );
    context.store.delete(GROUP, name);
    dropTags(context, ModelPackageGroupArn);
    return undefined;
  },

  CreateModelPackage({ ModelPackageGroupName, Tags, ...input }: CreatePackage, context) {
    if (ModelPackageGroupName === undefined || input.ModelPackageName !== undefined || input.CertifyForMarketplace)
      throw invalid(
        'Expected ModelPackageGroupName and no ModelPackageName: the local SageMaker has versions of groups.',
      );
    if (Tags?.length) throw invalid('Tags are not accepted for a version: it has those of its Model Package Group.');
    const group = groupOf(context, ModelPackageGroupName);
    const name = group.ModelPackageGroupName;
    const asBefore = versionsOf(context, name).find(
      ({ ClientToken }) => ClientToken !== undefined && ClientToken === input.ClientToken,
    );
    if (asBefore) return { ModelPackageArn: asBefore.ModelPackageArn };

    const ModelPackageVersion = group.lastVersion + 1;
    context.store.put(GROUP, name, { ...group, lastVersion: ModelPackageVersion });
    const CreationTime = seconds(context.now());
    const record: PackageRecord = {
      ModelApprovalStatus: 'PendingManualApproval',
      ...input,
      ModelPackageGroupName: name,
      ModelPackageVersion,
      ModelPackageArn: `${arnOf(context, PACKAGE, name)}/${ModelPackageVersion}`,
      CreationTime,
      LastModifiedTime: CreationTime,
      LastModifiedBy: caller(context),
    };
    keep(context, record);
    return { ModelPackageArn: record.ModelPackageArn };
  },

  DescribeModelPackage({ ModelPackageName }: { ModelPackageName: string }, context) {
    const { ClientToken: _, ...record } = packageOf(context, ModelPackageName);
    return { ...record, CreatedBy: caller(context), ...statusMembers() };
  },

  ListModelPackages(input: ListPackages, context) {
    const all = context.store.list<PackageRecord>(PACKAGE);
    const wanted = all.filter(
      ({ ModelPackageGroupName, ModelApprovalStatus }) =>
        (input.ModelPackageGroupName === undefined ||
          ModelPackageGroupName === nameIn(input.ModelPackageGroupName, GROUP)) &&
        (input.ModelApprovalStatus === undefined || ModelApprovalStatus === input.ModelApprovalStatus),
    );
    const view = ({ ModelPackageArn, CreationTime, LastModifiedTime }: PackageRecord) => ({
      name: ModelPackageArn,
      createdAt: CreationTime,
      modifiedAt: LastModifiedTime,
    });
    const { page, NextToken } = pageOf(wanted, view, input);
    const ModelPackageSummaryList = page.map((record) => ({
      ModelPackageGroupName: record.ModelPackageGroupName,
      ModelPackageVersion: record.ModelPackageVersion,
      ModelPackageArn: record.ModelPackageArn,
      CreationTime: record.CreationTime,
      ModelApprovalStatus: record.ModelApprovalStatus,
      ModelPackageStatus: 'Completed',
    }));
    return { ModelPackageSummaryList, NextToken };
  },

  UpdateModelPackage({ ModelPackageArn, ClientToken: _, ...changes }: UpdatePackage, context) {
    const before = packageOf(context, ModelPackageArn);
    const { CustomerMetadataProperties: added, CustomerMetadataPropertiesToRemove: removed = [], ...rest } = changes;
    const metadata = Object.entries({ ...before.CustomerMetadataProperties, ...added });
    const CustomerMetadataProperties = Object.fromEntries(metadata.filter(([key]) => !removed.includes(key)));
    const times = { LastModifiedTime: seconds(context.now()), LastModifiedBy: caller(context) };
    keep(context, { ...before, ...rest, CustomerMetadataProperties, ...times });
    return { ModelPackageArn: before.ModelPackageArn };
  },

  DeleteModelPackage({ ModelPackageName }: { ModelPackageName: string }, context) {
    const { ModelPackageArn } = packageOf(context, ModelPackageName);
    context.store.delete(PACKAGE, ModelPackageArn);
    return undefined;
  },
};

type ListPackages = ListInput & { ModelPackageGroupName?: string; ModelApprovalStatus?: ApprovalStatus };

/** Versions are not validated, here as in AWS: they are complete at once. */
const statusMembers = () => ({
  ModelPackageStatus: 'Completed',
  ModelPackageStatusDetails: { ValidationStatuses: [], ImageScanStatuses: [] },
});

/** Everybody who has the key is one identity. */
const caller = ({ settings }: Context) => ({
  IamIdentity: { Arn: `arn:aws:iam::${settings.accountId}:user/local`, PrincipalId: 'local' },
});

function keep(context: Context, record: PackageRecord): void {
  context.store.put(PACKAGE, record.ModelPackageArn, record);
  const { ModelPackageGroupName, ModelPackageArn, ModelPackageVersion, ModelApprovalStatus } = record;
  context.emit('SageMaker Model Package State Change', ModelPackageArn, {
    ModelPackageGroupName,
    ModelPackageArn,
    ModelPackageVersion,
    ModelApprovalStatus,
    ModelPackageStatus: 'Completed',
    CreationTime: record.CreationTime * 1000,
    LastModifiedTime: record.LastModifiedTime * 1000,
  });
}

const versionsOf = (context: Context, group: string): PackageRecord[] =>
  context.store.list<PackageRecord>(PACKAGE).filter(({ ModelPackageGroupName }) => ModelPackageGroupName === group);

/** Requests name a group by name or by ARN; an ARN is lower-case. */
function nameIn(given: string, type: string): string {
  return given.startsWith('arn:') ? given.slice(given.indexOf(`:${type}/`) + type.length + 2) : given;
}

function groupOf(context: Context, given: string): GroupRecord {
  const name = nameIn(given, GROUP);
  const record = context.store
    .list<GroupRecord>(GROUP)
    .find(({ ModelPackageGroupName, ModelPackageGroupArn }) =>
      given.startsWith('arn:') ? ModelPackageGroupArn === given : ModelPackageGroupName === name,
    );
  if (!record) throw invalid(`Model Package Group does not exist: ${arnOf(context, GROUP, name)}`);
  return record;
}

function packageOf(context: Context, given: string): PackageRecord {
  const record = context.store.get<PackageRecord>(PACKAGE, given);
  if (!record) throw invalid(`Model Package does not exist: ${given}`);
  return record;
}
