//! Answers what a machine asks for: calls of AWS, and what needs the template beside them.

use std::cell::RefCell;

use super::comparing::{self, Present};
use super::driver::Subject;
use crate::commands::Context;
use crate::deploy::api::{Answer, ApiError, Request};
use crate::deploy::client::Cloud;
use crate::deploy::smoke::{self, Predicted};
use crate::deploy::stack::{Stack, StackResource};
use crate::deploy::stream::{self, Comparison};
use crate::foundation::document::Node;
use crate::foundation::span::Source;
use crate::foundation::timestamp::Timestamp;
use crate::template::{Template, intrinsics};

/// What is known of the stack after the operation.
struct Deployed {
    stack: Stack,
    resources: Vec<StackResource>,
    /// Its template, where it is not the subject's.
    template: Option<Template>,
}

/// Makes calls, and adds the template to them.
pub(super) struct Answering<'a, C> {
    context: &'a Context,
    cloud: &'a C,
    subject: &'a Subject,
    deployed: RefCell<Option<Deployed>>,
}

impl<'a, C: Cloud> Answering<'a, C> {
    pub(super) fn new(context: &'a Context, cloud: &'a C, subject: &'a Subject) -> Answering<'a, C> {
        Answering { context, cloud, subject, deployed: RefCell::new(None) }
    }

    /// The answer to a request.
    pub(super) async fn answer(&self, request: &Request) -> Answer {
        match request {
            Request::ReadTemplate(stack) => match comparing::read(self.cloud, stack).await {
                Ok((text, resources)) => {
                    let present = Present { stack, template: &text, resources };
                    Answer::Compared(Box::new(comparing::compare(self.context, self.subject, &present)))
                }
                Err(error) => Answer::Failed(error),
            },
            Request::ListResources(stack) => {
                let answer = self.cloud.call(request).await;
                if let Answer::Resources(resources) = &answer {
                    self.keep((**stack).clone(), resources.clone()).await;
                }
                answer
            }
            Request::DescribeStream { logical_id, name } => match self.cloud.call(request).await {
                Answer::Stream(mut told) => {
                    told.comparison = self.compare(logical_id, name, &told.told);
                    Answer::Stream(told)
                }
                answer => answer,
            },
            Request::PrepareTrial { logical_id, name, at } => self.trial(logical_id, name, *at),
            request => self.cloud.call(request).await,
        }
    }

    async fn keep(&self, stack: Stack, resources: Vec<StackResource>) {
        let mut template = None;
        if !self.subject.deploys || self.subject.template.is_none() {
            let text = self.cloud.deployed_template(&stack.id).await;
            template = text.ok().map(|text| Template::read(Source::new("<deployed>", text)));
        }
        self.deployed.replace(Some(Deployed { stack, resources, template }));
    }

    /// The properties of a stream, with the names that the deployment gave.
    fn properties(&self, logical_id: &str) -> Option<Node> {
        let deployed = self.deployed.borrow();
        let deployed = deployed.as_ref()?;
        let template = deployed.template.as_ref().or(self.subject.template.as_ref())?;
        let stack = &deployed.stack;
        let pseudo = comparing::pseudo(stack, &self.subject.pseudo);
        let values = stack.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let mut world = comparing::world(template, &pseudo, values);
        let named = |one: &StackResource| Some((one.logical_id.clone(), one.physical_id.clone()?));
        world.physical = deployed.resources.iter().filter_map(named).collect();
        intrinsics::resolve(template, &world, template.resource(logical_id)?.properties()?)
    }

    fn compare(&self, logical_id: &str, name: &str, told: &serde_json::Value) -> Option<Comparison> {
        // A nested stack may have a stream of the same logical id.
        let is_ours =
            |one: &StackResource| one.logical_id == logical_id && one.physical_id.as_deref() == Some(name);
        self.deployed.borrow().as_ref()?.resources.iter().find(|one| is_ours(one))?;
        // An answer without destinations tells nothing to compare.
        told.get("Destinations")?.get(0)?;
        Some(stream::compare(&self.properties(logical_id)?, told))
    }

    fn trial(&self, logical_id: &str, name: &str, at: Timestamp) -> Answer {
        let unknown = |why: &str| Answer::Failed(ApiError::new("Unpredictable", why));
        let Some(properties) = self.properties(logical_id) else {
            return unknown("the stream is not in the deployed template");
        };
        let records = &self.subject.records;
        match smoke::predict(Predicted { properties: &properties, stream: name, records, at }) {
            Ok(trial) => Answer::Trial(Box::new(trial)),
            Err(why) => unknown(&why),
        }
    }
}
