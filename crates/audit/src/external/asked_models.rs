//! All that models at an endpoint said about a dataset: their reviews, and the grades of their
//! controls. Reads them; measures nothing.

use tilejury_data::SampleKey;

use super::model_controls::ControlGrade;
use super::model_reviews::ModelReview;
use super::store::ExternalStore;
use crate::sidecar::SidecarError;

/// The words of all models that were asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AskedModels {
    /// Their reviews, by sample, tile and source.
    pub reviews: Vec<ModelReview>,
    /// The grades of their controls, by model.
    pub controls: Vec<(String, Vec<(SampleKey, ControlGrade)>)>,
}

impl ExternalStore {
    /// Returns what all models said.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn asked_models(&self) -> Result<AskedModels, SidecarError> {
        let models = self.control_models()?.into_iter();
        let controls = models.map(|model| Ok((model.clone(), self.control_grades(&model)?)));
        Ok(AskedModels { reviews: self.model_reviews()?, controls: controls.collect::<Result<_, SidecarError>>()? })
    }
}
