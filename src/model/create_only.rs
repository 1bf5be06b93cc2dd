//! Properties of a delivery stream that are set on creation only.

/// Paths of properties whose change replaces the stream. Resource sheet, section 3.
pub const CREATE_ONLY: [&[&str]; 11] = [
    &["AmazonOpenSearchServerlessDestinationConfiguration", "VpcConfiguration"],
    &["AmazonopensearchserviceDestinationConfiguration", "VpcConfiguration"],
    &["DatabaseSourceConfiguration"],
    &["DeliveryStreamName"],
    &["DeliveryStreamType"],
    &["DirectPutSourceConfiguration"],
    &["ElasticsearchDestinationConfiguration", "VpcConfiguration"],
    &["IcebergDestinationConfiguration", "CatalogConfiguration"],
    &["KinesisStreamSourceConfiguration"],
    &["MSKSourceConfiguration"],
    &["SnowflakeDestinationConfiguration", "SnowflakeVpcConfiguration"],
];

/// Whether a change of a property, such as `BufferingHints.SizeInMBs`, replaces the stream; a block does where a part
/// of it does.
pub fn is_create_only(path: &str) -> bool {
    let steps: Vec<&str> = path.split(['.', '[']).collect();
    CREATE_ONLY.iter().any(|keys| keys.iter().zip(&steps).all(|(key, step)| key == step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_create_only_by_its_beginning() {
        assert!(is_create_only("DeliveryStreamName"));
        assert!(is_create_only("KinesisStreamSourceConfiguration.RoleARN"));
        assert!(is_create_only("IcebergDestinationConfiguration"));
        assert!(!is_create_only("IcebergDestinationConfiguration.BufferingHints.SizeInMBs"));
        assert!(!is_create_only("ExtendedS3DestinationConfiguration.VpcConfiguration"));
    }
}
