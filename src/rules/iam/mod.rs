//! FH7xx: can the role in this template really deliver?
//!
//! An evaluator apart from the rules: [`role`] finds the role that is meant, [`policies`] and [`resource_policies`]
//! what it is allowed, [`actions`] and [`covering`] compare with what [`asks`] says is needed, and [`lacking`] tells
//! the difference. The permissions themselves are the model's. Where anything is not known nothing is said.

#![allow(missing_docs, reason = "the page of a rule is the doc comment of its RULE")]

pub mod actions;
pub mod asks;
pub mod covering;
pub mod delivery_role_too_wide;
pub mod depends;
pub mod firehose_actions_on_delivery_role;
pub mod lacking;
pub mod least_privilege;
pub mod managed;
pub mod policies;
pub mod policy_without_depends_on;
pub mod producer_without_role;
pub mod resource_policies;
pub mod resources;
pub mod role;
pub mod role_not_for_firehose;
pub mod role_without_collection_access;
pub mod role_without_glue_read;
pub mod role_without_key;
pub mod role_without_kinesis_read;
pub mod role_without_lambda_invoke;
pub mod role_without_log_write;
pub mod role_without_opensearch_write;
pub mod role_without_s3_action;
pub mod role_without_s3_write;
pub mod role_without_secret_read;
pub mod role_without_vpc_access;
pub mod trust;
pub mod trust_without_condition;
pub mod written;

use super::Rule;

/// The rules of the family, by id.
pub static RULES: &[&Rule] = &[
    &role_not_for_firehose::RULE,
    &trust_without_condition::RULE,
    &role_without_s3_write::RULE,
    &role_without_s3_action::RULE,
    &role_without_lambda_invoke::RULE,
    &role_without_glue_read::RULE,
    &role_without_kinesis_read::RULE,
    &role_without_key::RULE,
    &role_without_log_write::RULE,
    &role_without_opensearch_write::RULE,
    &role_without_collection_access::RULE,
    &role_without_vpc_access::RULE,
    &role_without_secret_read::RULE,
    &policy_without_depends_on::RULE,
    &delivery_role_too_wide::RULE,
    &firehose_actions_on_delivery_role::RULE,
    &producer_without_role::RULE,
];
