/**
 * Written by `npm run instances` on 2026-11-30: do not edit.
 * Types and work: the enums TrainingInstanceType, ProcessingInstanceType and ProductionVariantInstanceType of
 * the AWS SDK for JavaScript, client-sagemaker 3.1142.0. Sizes: EC2's DescribeInstanceTypes, as moto 5.2.5 carries it.
 * @module
 */

/** A type a line: name, work (t training, p processing, h hosting), vCPUs, GiB of memory, GB of local disks, GPUs. */
export const INSTANCE_TABLE = `
ml.c4.2xlarge tph 8 15 0
ml.c4.4xlarge tph 16 30 0
ml.c4.8xlarge tph 36 60 0
ml.c4.large h 2 3.75 0
ml.c4.xlarge tph 4 7.5 0
ml.c5.2xlarge tph 8 16 0
ml.c5.4xlarge tph 16 32 0
ml.c5.9xlarge tph 36 72 0
ml.c5.18xlarge tph 72 144 0
ml.c5.large h 2 4 0
ml.c5.xlarge tph 4 8 0
ml.c5d.2xlarge h 8 16 200
ml.c5d.4xlarge h 16 32 400
ml.c5d.9xlarge h 36 72 900
ml.c5d.18xlarge h 72 144 1800
ml.c5d.large h 2 4 50
ml.c5d.xlarge h 4 8 100
ml.c5n.2xlarge t 8 21 0
ml.c5n.4xlarge t 16 42 0
ml.c5n.9xlarge t 36 96 0
ml.c5n.18xlarge t 72 192 0
ml.c5n.xlarge t 4 10.5 0
ml.c6g.2xlarge h 8 16 0
ml.c6g.4xlarge h 16 32 0
ml.c6g.8xlarge h 32 64 0
ml.c6g.12xlarge h 48 96 0
ml.c6g.16xlarge h 64 128 0
ml.c6g.large h 2 4 0
ml.c6g.xlarge h 4 8 0
ml.c6gd.2xlarge h 8 16 474
ml.c6gd.4xlarge h 16 32 950
ml.c6gd.8xlarge h 32 64 1900
ml.c6gd.12xlarge h 48 96 2850
ml.c6gd.16xlarge h 64 128 3800
ml.c6gd.large h 2 4 118
ml.c6gd.xlarge h 4 8 237
ml.c6gn.2xlarge h 8 16 0
ml.c6gn.4xlarge h 16 32 0
ml.c6gn.8xlarge h 32 64 0
ml.c6gn.12xlarge h 48 96 0
ml.c6gn.16xlarge h 64 128 0
ml.c6gn.large h 2 4 0
ml.c6gn.xlarge h 4 8 0
ml.c6i.2xlarge tph 8 16 0
ml.c6i.4xlarge tph 16 32 0
ml.c6i.8xlarge tph 32 64 0
ml.c6i.12xlarge tph 48 96 0
ml.c6i.16xlarge tph 64 128 0
ml.c6i.24xlarge tph 96 192 0
ml.c6i.32xlarge tph 128 256 0
ml.c6i.large h 2 4 0
ml.c6i.xlarge tph 4 8 0
ml.c6in.2xlarge h 8 16 0
ml.c6in.4xlarge h 16 32 0
ml.c6in.8xlarge h 32 64 0
ml.c6in.12xlarge h 48 96 0
ml.c6in.16xlarge h 64 128 0
ml.c6in.24xlarge h 96 192 0
ml.c6in.32xlarge h 128 256 0
ml.c6in.large h 2 4 0
ml.c6in.xlarge h 4 8 0
ml.c7g.2xlarge h 8 16 0
ml.c7g.4xlarge h 16 32 0
ml.c7g.8xlarge h 32 64 0
ml.c7g.12xlarge h 48 96 0
ml.c7g.16xlarge h 64 128 0
ml.c7g.large h 2 4 0
ml.c7g.xlarge h 4 8 0
ml.c7i.2xlarge tph 8 16 0
ml.c7i.4xlarge tph 16 32 0
ml.c7i.8xlarge tph 32 64 0
ml.c7i.12xlarge tph 48 96 0
ml.c7i.16xlarge tph 64 128 0
ml.c7i.24xlarge tph 96 192 0
ml.c7i.48xlarge tph 192 384 0
ml.c7i.large tph 2 4 0
ml.c7i.xlarge tph 4 8 0
ml.c8g.2xlarge h 8 16 0
ml.c8g.4xlarge h 16 32 0
ml.c8g.8xlarge h 32 64 0
ml.c8g.12xlarge h 48 96 0
ml.c8g.16xlarge h 64 128 0
ml.c8g.24xlarge h 96 192 0
ml.c8g.48xlarge h 192 384 0
ml.c8g.large h 2 4 0
ml.c8g.medium h 1 2 0
ml.c8g.xlarge h 4 8 0
ml.c8i.2xlarge tp 8 16 0
ml.c8i.4xlarge tp 16 32 0
ml.c8i.8xlarge tp 32 64 0
ml.c8i.12xlarge tp 48 96 0
ml.c8i.16xlarge tp 64 128 0
ml.c8i.24xlarge tp 96 192 0
ml.c8i.32xlarge tp 128 256 0
ml.c8i.48xlarge tp 192 384 0
ml.c8i.96xlarge tp 384 768 0
ml.c8i.xlarge tp 4 8 0
ml.dl1.24xlarge h 96 768 4000
ml.g4dn.2xlarge tph 8 32 225 1xT4
ml.g4dn.4xlarge tph 16 64 225 1xT4
ml.g4dn.8xlarge tph 32 128 900 1xT4
ml.g4dn.12xlarge tph 48 192 900 4xT4
ml.g4dn.16xlarge tph 64 256 900 1xT4
ml.g4dn.xlarge tph 4 16 125 1xT4
ml.g5.2xlarge tph 8 32 450 1xA10G
ml.g5.4xlarge tph 16 64 600 1xA10G
ml.g5.8xlarge tph 32 128 900 1xA10G
ml.g5.12xlarge tph 48 192 3800 4xA10G
ml.g5.16xlarge tph 64 256 1900 1xA10G
ml.g5.24xlarge tph 96 384 3800 4xA10G
ml.g5.48xlarge tph 192 768 7600 8xA10G
ml.g5.xlarge tph 4 16 250 1xA10G
ml.g6.2xlarge tph 8 32 450 1xL4
ml.g6.4xlarge tph 16 64 600 1xL4
ml.g6.8xlarge tph 32 128 900 1xL4
ml.g6.12xlarge tph 48 192 3760 4xL4
ml.g6.16xlarge tph 64 256 1880 1xL4
ml.g6.24xlarge tph 96 384 3760 4xL4
ml.g6.48xlarge tph 192 768 7520 8xL4
ml.g6.xlarge tph 4 16 250 1xL4
ml.g6e.2xlarge tph 8 64 450 1xL40S
ml.g6e.4xlarge tph 16 128 600 1xL40S
ml.g6e.8xlarge tph 32 256 900 1xL40S
ml.g6e.12xlarge tph 48 384 3800 4xL40S
ml.g6e.16xlarge tph 64 512 1900 1xL40S
ml.g6e.24xlarge tph 96 768 3800 4xL40S
ml.g6e.48xlarge tph 192 1536 7600 8xL40S
ml.g6e.xlarge tph 4 32 250 1xL40S
ml.g7.2xlarge tph 8 32 440 1xRTX-PRO-4500
ml.g7.4xlarge tph 16 64 875 1xRTX-PRO-4500
ml.g7.8xlarge tph 32 128 930 1xRTX-PRO-4500
ml.g7.12xlarge tph 48 192 1900 2xRTX-PRO-4500
ml.g7.24xlarge tph 96 384 3800 4xRTX-PRO-4500
ml.g7.48xlarge tph 192 768 7600 8xRTX-PRO-4500
ml.g7e.2xlarge tph 8 64 1900 1xRTX-PRO-Server-6000
ml.g7e.4xlarge tph 16 128 1900 1xRTX-PRO-Server-6000
ml.g7e.8xlarge tph 32 256 1900 1xRTX-PRO-Server-6000
ml.g7e.12xlarge tph 48 512 3800 2xRTX-PRO-Server-6000
ml.g7e.24xlarge tph 96 1024 7600 4xRTX-PRO-Server-6000
ml.g7e.48xlarge tph 192 2048 15200 8xRTX-PRO-Server-6000
ml.inf1.2xlarge h 8 16 0
ml.inf1.6xlarge h 24 48 0
ml.inf1.24xlarge h 96 192 0
ml.inf1.xlarge h 4 8 0
ml.inf2.8xlarge h 32 128 0
ml.inf2.24xlarge h 96 384 0
ml.inf2.48xlarge h 192 768 0
ml.inf2.xlarge h 4 16 0
ml.m4.2xlarge tph 8 32 0
ml.m4.4xlarge tph 16 64 0
ml.m4.10xlarge tph 40 160 0
ml.m4.16xlarge tph 64 256 0
ml.m4.xlarge tph 4 16 0
ml.m5.2xlarge tph 8 32 0
ml.m5.4xlarge tph 16 64 0
ml.m5.12xlarge tph 48 192 0
ml.m5.24xlarge tph 96 384 0
ml.m5.large tph 2 8 0
ml.m5.xlarge tph 4 16 0
ml.m5d.2xlarge h 8 32 300
ml.m5d.4xlarge h 16 64 600
ml.m5d.12xlarge h 48 192 1800
ml.m5d.24xlarge h 96 384 3600
ml.m5d.large h 2 8 75
ml.m5d.xlarge h 4 16 150
ml.m6g.2xlarge h 8 32 0
ml.m6g.4xlarge h 16 64 0
ml.m6g.8xlarge h 32 128 0
ml.m6g.12xlarge h 48 192 0
ml.m6g.16xlarge h 64 256 0
ml.m6g.large h 2 8 0
ml.m6g.xlarge h 4 16 0
ml.m6gd.2xlarge h 8 32 474
ml.m6gd.4xlarge h 16 64 950
ml.m6gd.8xlarge h 32 128 1900
ml.m6gd.12xlarge h 48 192 2850
ml.m6gd.16xlarge h 64 256 3800
ml.m6gd.large h 2 8 118
ml.m6gd.xlarge h 4 16 237
ml.m6i.2xlarge tph 8 32 0
ml.m6i.4xlarge tph 16 64 0
ml.m6i.8xlarge tph 32 128 0
ml.m6i.12xlarge tph 48 192 0
ml.m6i.16xlarge tph 64 256 0
ml.m6i.24xlarge tph 96 384 0
ml.m6i.32xlarge tph 128 512 0
ml.m6i.large tph 2 8 0
ml.m6i.xlarge tph 4 16 0
ml.m7i.2xlarge tph 8 32 0
ml.m7i.4xlarge tph 16 64 0
ml.m7i.8xlarge tph 32 128 0
ml.m7i.12xlarge tph 48 192 0
ml.m7i.16xlarge tph 64 256 0
ml.m7i.24xlarge tph 96 384 0
ml.m7i.48xlarge tph 192 768 0
ml.m7i.large tph 2 8 0
ml.m7i.xlarge tph 4 16 0
ml.m8g.2xlarge h 8 32 0
ml.m8g.4xlarge h 16 64 0
ml.m8g.8xlarge h 32 128 0
ml.m8g.12xlarge h 48 192 0
ml.m8g.16xlarge h 64 256 0
ml.m8g.24xlarge h 96 384 0
ml.m8g.48xlarge h 192 768 0
ml.m8g.large h 2 8 0
ml.m8g.medium h 1 4 0
ml.m8g.xlarge h 4 16 0
ml.m8i.2xlarge tp 8 32 0
ml.m8i.4xlarge tp 16 64 0
ml.m8i.8xlarge tp 32 128 0
ml.m8i.12xlarge tp 48 192 0
ml.m8i.16xlarge tp 64 256 0
ml.m8i.24xlarge tp 96 384 0
ml.m8i.32xlarge tp 128 512 0
ml.m8i.48xlarge tp 192 768 0
ml.m8i.96xlarge tp 384 1536 0
ml.m8i.large tp 2 8 0
ml.m8i.xlarge tp 4 16 0
ml.p2.8xlarge tph 32 488 0 8xK80
ml.p2.16xlarge tph 64 732 0 16xK80
ml.p2.xlarge tph 4 61 0 1xK80
ml.p3.2xlarge tph 8 61 0 1xV100
ml.p3.8xlarge tph 32 244 0 4xV100
ml.p3.16xlarge tph 64 488 0 8xV100
ml.p3dn.24xlarge t 96 768 1800 8xV100
ml.p4d.24xlarge th 96 1152 8000 8xA100
ml.p4de.24xlarge th 96 1152 8000 8xA100
ml.p5.4xlarge tph 16 256 3800 1xH100
ml.p5.48xlarge th 192 2048 30400 8xH100
ml.p5e.48xlarge th 192 2048 30400 8xH200
ml.p5en.48xlarge th 192 2048 30400 8xH200
ml.p6-b200.48xlarge th 192 2048 30400 8xB200
ml.p6-b300.48xlarge th 192 4096 30400 8xB300
ml.p6e-gb200.36xlarge th 144 960 22500 4xGB200
ml.r5.2xlarge tph 8 64 0
ml.r5.4xlarge tph 16 128 0
ml.r5.8xlarge tp 32 256 0
ml.r5.12xlarge tph 48 384 0
ml.r5.16xlarge tp 64 512 0
ml.r5.24xlarge tph 96 768 0
ml.r5.large tph 2 16 0
ml.r5.xlarge tph 4 32 0
ml.r5d.2xlarge tph 8 64 300
ml.r5d.4xlarge tph 16 128 600
ml.r5d.8xlarge tp 32 256 1200
ml.r5d.12xlarge tph 48 384 1800
ml.r5d.16xlarge tp 64 512 2400
ml.r5d.24xlarge tph 96 768 3600
ml.r5d.large tph 2 16 75
ml.r5d.xlarge tph 4 32 150
ml.r6g.2xlarge h 8 64 0
ml.r6g.4xlarge h 16 128 0
ml.r6g.8xlarge h 32 256 0
ml.r6g.12xlarge h 48 384 0
ml.r6g.16xlarge h 64 512 0
ml.r6g.large h 2 16 0
ml.r6g.xlarge h 4 32 0
ml.r6gd.2xlarge h 8 64 474
ml.r6gd.4xlarge h 16 128 950
ml.r6gd.8xlarge h 32 256 1900
ml.r6gd.12xlarge h 48 384 2850
ml.r6gd.16xlarge h 64 512 3800
ml.r6gd.large h 2 16 118
ml.r6gd.xlarge h 4 32 237
ml.r6i.2xlarge tph 8 64 0
ml.r6i.4xlarge tph 16 128 0
ml.r6i.8xlarge tph 32 256 0
ml.r6i.12xlarge tph 48 384 0
ml.r6i.16xlarge tph 64 512 0
ml.r6i.24xlarge tph 96 768 0
ml.r6i.32xlarge tph 128 1024 0
ml.r6i.large tph 2 16 0
ml.r6i.xlarge tph 4 32 0
ml.r7gd.2xlarge h 8 64 474
ml.r7gd.4xlarge h 16 128 950
ml.r7gd.8xlarge h 32 256 1900
ml.r7gd.12xlarge h 48 384 2850
ml.r7gd.16xlarge h 64 512 3800
ml.r7gd.large h 2 16 118
ml.r7gd.medium h 1 8 59
ml.r7gd.xlarge h 4 32 237
ml.r7i.2xlarge tph 8 64 0
ml.r7i.4xlarge tph 16 128 0
ml.r7i.8xlarge tph 32 256 0
ml.r7i.12xlarge tph 48 384 0
ml.r7i.16xlarge tph 64 512 0
ml.r7i.24xlarge tph 96 768 0
ml.r7i.48xlarge tph 192 1536 0
ml.r7i.large tph 2 16 0
ml.r7i.xlarge tph 4 32 0
ml.r8g.2xlarge h 8 64 0
ml.r8g.4xlarge h 16 128 0
ml.r8g.8xlarge h 32 256 0
ml.r8g.12xlarge h 48 384 0
ml.r8g.16xlarge h 64 512 0
ml.r8g.24xlarge h 96 768 0
ml.r8g.48xlarge h 192 1536 0
ml.r8g.large h 2 16 0
ml.r8g.medium h 1 8 0
ml.r8g.xlarge h 4 32 0
ml.r8i.2xlarge tp 8 64 0
ml.r8i.4xlarge tp 16 128 0
ml.r8i.8xlarge tp 32 256 0
ml.r8i.12xlarge tp 48 384 0
ml.r8i.16xlarge tp 64 512 0
ml.r8i.24xlarge tp 96 768 0
ml.r8i.32xlarge tp 128 1024 0
ml.r8i.48xlarge tp 192 1536 0
ml.r8i.96xlarge tp 384 3072 0
ml.r8i.large tp 2 16 0
ml.r8i.xlarge tp 4 32 0
ml.t2.2xlarge h 8 32 0
ml.t2.large h 2 8 0
ml.t2.medium h 2 4 0
ml.t2.xlarge h 4 16 0
ml.t3.2xlarge tp 8 32 0
ml.t3.large tp 2 8 0
ml.t3.medium tp 2 4 0
ml.t3.xlarge tp 4 16 0
ml.trn1.2xlarge th 8 32 474
ml.trn1.32xlarge th 128 512 7600
ml.trn1n.32xlarge th 128 512 7600
ml.trn2.48xlarge th 192 2048 7600
`;
