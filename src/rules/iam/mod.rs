//! FH7xx: can the role in this template really deliver?
//!
//! An evaluator apart from the rules: [`role`] finds the role that is meant, [`policies`] and [`resource_policies`]
//! what it is allowed, [`actions`] and [`resources`] compare with what [`asks`] says is needed, and [`lacking`] tells
//! the difference. The permissions themselves are the model's. Where anything is not known nothing is said.

pub mod actions;
pub mod asks;
pub mod depends;
pub mod lacking;
pub mod managed;
pub mod policies;
pub mod resource_policies;
pub mod resources;
pub mod role;
pub mod trust;
pub mod written;

use super::Rule;

/// The rules of the family, by id.
pub const RULES: &[&Rule] = &[];
